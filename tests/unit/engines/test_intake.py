"""The intake in front of WSGI applications, behind the real server: what it lets through."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs
from unit.engines.hello import Connect, Serving
from unit.engines.raw import GET, chunked, post

CAP = 1000


class Echo:
    """A WSGI application that keeps its environs and answers with the length of the body."""

    def __init__(self) -> None:
        self.environs: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer one request."""
        self.environs.append(environ)
        self.bodies.append(environ["wsgi.input"].read())
        body = b"%d" % len(self.bodies[-1])
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]


@pytest.fixture
def echo() -> Echo:
    """An application that tells what reached it."""
    return Echo()


# ---- what the application sees -----------------------------------------------------------------


def test_the_environ(serving: Serving, connect: Connect, echo: Echo) -> None:
    """Method, path, query, body and addresses arrive as PEP 3333 wants them."""
    client = connect(serving(echo))
    client.send(
        b"POST /a%20b/%C3%BC%FF?x=%C3%BC&y HTTP/1.1\r\nHost: unitwire.test:1\r\n"
        b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )
    assert client.reply().body == b"2"
    (environ,) = echo.environs
    expected = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a b/\xc3\xbc\xff",
        "QUERY_STRING": "x=%C3%BC&y",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "2",
        "HTTP_HOST": "unitwire.test:1",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": str(client.socket.getsockname()[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
    }
    assert {key: environ[key] for key in expected} == expected
    assert "HTTP_CONTENT_LENGTH" not in environ


def test_repeated_headers_are_joined(serving: Serving, connect: Connect, echo: Echo) -> None:
    """Headers given twice become one, joined by a comma; cookies by a semicolon."""
    connect(serving(echo)).send(
        post(b"", b"X-S: a", b"X-S: b", b"Cookie: c=1", b"cookie: d=2", b"x-s:c")
    ).reply()
    assert echo.environs[0]["HTTP_X_S"] == "a,b,c"
    assert echo.environs[0]["HTTP_COOKIE"] == "c=1; d=2"


def test_names_with_underscores_are_dropped(serving: Serving, connect: Connect, echo: Echo) -> None:
    """A header X_Forwarded_For cannot pass for X-Forwarded-For."""
    connect(serving(echo)).send(
        post(b"", b"X_Forwarded_For: 1", b"X-Real: 2", b"X_Real: 3", b"Content_Type: a")
    ).reply()
    assert "HTTP_X_FORWARDED_FOR" not in echo.environs[0]
    assert echo.environs[0]["HTTP_X_REAL"] == "2"
    assert "CONTENT_TYPE" not in echo.environs[0]


def test_forwarded_headers_are_not_believed(serving: Serving, connect: Connect, echo: Echo) -> None:
    """The server takes neither address nor scheme from a header, not even from loopback."""
    connect(serving(echo)).send(
        post(b"", b"X-Forwarded-For: 8.8.8.8", b"X-Forwarded-Proto: https")
    ).reply()
    assert echo.environs[0]["REMOTE_ADDR"] == "127.0.0.1"
    assert echo.environs[0]["wsgi.url_scheme"] == "http"


def test_a_chunked_body_arrives_whole(serving: Serving, connect: Connect, echo: Echo) -> None:
    """A chunked body has a length for the application and no transfer coding."""
    connect(serving(echo)).send(chunked(b"abc", b"defg")).reply()
    assert echo.bodies == [b"abcdefg"]
    assert echo.environs[0]["CONTENT_LENGTH"] == "7"
    assert "HTTP_TRANSFER_ENCODING" not in echo.environs[0]


def test_pipelined_requests_are_answered_in_order(
    serving: Serving, connect: Connect, echo: Echo
) -> None:
    """Requests sent without waiting are answered one after the other."""
    client = connect(serving(echo)).send(*(post(b"x" * size) for size in range(5)))
    assert [client.reply().body for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]


def test_head_has_no_body(serving: Serving, connect: Connect, echo: Echo) -> None:
    """HEAD gets the headers of the answer, and the connection stays in step."""
    client = connect(serving(echo))
    reply = client.send(GET.replace(b"GET", b"HEAD")).reply(head_only=True)
    assert (reply.status, reply.headers["content-length"]) == (200, "1")
    assert client.send(post(b"abc")).reply().body == b"3"


# ---- caps and deadlines ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [post, chunked, lambda body: chunked(body[:600], body[600:]), lambda b: chunked(*b"")]
)
def test_a_body_at_the_cap_passes(
    serving: Serving, connect: Connect, echo: Echo, make: Callable[[bytes], bytes]
) -> None:
    """A body of exactly the cap is taken, declared or chunked."""
    reply = connect(serving(echo, max_body=CAP)).send(make(b"x" * CAP)).reply()
    assert reply.status == 200
    assert len(echo.bodies[0]) in (CAP, 0)


@pytest.mark.parametrize("make", [post, chunked, lambda body: chunked(body[:600], body[600:])])
def test_a_body_over_the_cap_is_refused(
    serving: Serving, connect: Connect, echo: Echo, make: Callable[[bytes], bytes]
) -> None:
    """One byte more is 413 before the application hears of it; the connection stays good."""
    client = connect(serving(echo, max_body=CAP)).send(make(b"x" * (CAP + 1)))
    reply = client.reply()
    assert (reply.status, reply.code) == (413, "payload_too_large")
    assert str(CAP) in json.loads(reply.body)["error"]["message"]
    assert client.send(post(b"good")).reply().body == b"4"
    assert echo.bodies == [b"good"]


@pytest.mark.parametrize("length", [CAP + 1, 2**31, 10**17, 10**18])
def test_a_declared_length_is_judged_before_the_body(
    serving: Serving, connect: Connect, echo: Echo, length: int
) -> None:
    """A body that is announced too large is refused before any of it is sent."""
    reply = connect(serving(echo, max_body=CAP)).send(post(length=length)).reply()
    assert reply.status == 413
    assert echo.environs == []


def test_a_refused_expectation_closes(serving: Serving, connect: Connect, echo: Echo) -> None:
    """Who asks before sending too much is told no, and the connection ends there."""
    client = connect(serving(echo, max_body=CAP))
    client.send(post(b"", b"Expect: 100-continue", length=CAP + 1))
    reply = client.reply()
    assert (reply.status, reply.headers["connection"]) == (413, "close")
    assert client.closed()


def test_an_expectation_is_met(serving: Serving, connect: Connect, echo: Echo) -> None:
    """Who asks before sending enough is told to go on."""
    client = connect(serving(echo)).send(post(b"", b"Expect: 100-continue", length=3))
    assert client.line() == b"HTTP/1.1 100 Continue\r\n"
    client.line()
    assert client.send(b"abc").reply().body == b"3"


@pytest.mark.parametrize("begun", [post(b"x", length=10), chunked(b"abc")[:-5]])
def test_a_slow_body_is_timed_out(
    serving: Serving, connect: Connect, echo: Echo, begun: bytes
) -> None:
    """A body that does not end is 408 at the deadline, and the connection is closed."""
    client = connect(serving(echo, body_deadline_s=0.3))
    start = time.monotonic()
    reply = client.send(begun).reply()
    assert (reply.status, reply.code) == (408, "request_timeout")
    assert reply.headers["connection"] == "close"
    assert 0.25 <= time.monotonic() - start < 1.5
    assert client.closed()
    assert echo.environs == []


def test_a_dripping_body_is_timed_out(serving: Serving, connect: Connect, echo: Echo) -> None:
    """The deadline is for the whole body: a byte now and then does not move it."""
    client = connect(serving(echo, body_deadline_s=0.3)).send(post(length=100))
    for _ in range(4):
        time.sleep(0.1)
        client.send(b"x")
    assert client.reply().status == 408


def test_stopped_senders_stop_nobody(serving: Serving, connect: Connect, echo: Echo) -> None:
    """Forty senders that stop in the middle of a body do not delay a good request."""
    port = serving(echo, threads=4, body_deadline_s=2)
    stopped = [connect(port).send(post(b"x", length=10)) for _ in range(40)]
    start = time.monotonic()
    assert connect(port).send(post(b"good")).reply().body == b"4"
    assert time.monotonic() - start < 1
    assert {client.reply().status for client in stopped} == {408}


def test_a_sender_that_leaves_is_forgotten(serving: Serving, connect: Connect, echo: Echo) -> None:
    """A client that goes away in the middle of its body leaves no trace."""
    port = serving(echo)
    with capture_logs() as logs:
        connect(port).send(post(b"x", length=10)).close()
        assert connect(port).send(GET).reply().status == 200
    assert len(echo.environs) == 1
    assert logs == []


# ---- the head ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        b"", b"Host: a\r\nHost: b\r\n", b"Host: a\r\nHost: a\r\n", b"Host:\r\n",
        b"Host: a b\r\n", b"Host: a/b\r\n", b"Host: a@b\r\n", b"Host: a,b\r\n", b"Host: a:b\r\n",
        b"Host: a:123456\r\n", b"Host: \xc3\xa9\r\n", b"Host: [::1\r\n", b"Host: <x>\r\n",
    ],
)  # fmt: skip
def test_the_host_header(serving: Serving, connect: Connect, echo: Echo, host: bytes) -> None:
    """Without exactly one good Host header a request is refused (RFC 9112 section 3.2)."""
    reply = connect(serving(echo)).send(b"GET / HTTP/1.1\r\n" + host + b"\r\n").reply()
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert echo.environs == []


@pytest.mark.parametrize("host", [b"a", b"a.b-c_d:8080", b"127.0.0.1:1", b"[::1]", b"[::1]:80"])
def test_good_hosts(serving: Serving, connect: Connect, echo: Echo, host: bytes) -> None:
    """Names and addresses, with and without a port, are good Host headers."""
    reply = connect(serving(echo)).send(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").reply()
    assert reply.status == 200


def test_how_many_headers(serving: Serving, connect: Connect, echo: Echo) -> None:
    """A hundred headers are taken, one more is 431, and so are three hundred."""
    port = serving(echo)
    for count, status in ((100, 200), (101, 431), (300, 431)):
        lines = [b"X-%d: 1" % number for number in range(count - 2)]
        reply = connect(port).send(post(b"", *lines)).reply()
        assert reply.status == status
        if status == 431:
            assert reply.code == "headers_too_large"
    assert len(echo.environs) == 1


def test_how_long_headers(serving: Serving, connect: Connect, echo: Echo) -> None:
    """64 KiB of headers are taken, one byte more is 431."""
    port = serving(echo)
    other = len(b"host: unitwire.test\r\ncontent-length: 0\r\nx: \r\n")
    for size, status in ((65536 - other, 200), (65536 - other + 1, 431)):
        assert connect(port).send(post(b"", b"X: " + b"x" * size)).reply().status == status
