"""What the public server takes for a request, and what it refuses."""

import time
from typing import Any

import pytest
from unit.engines.hello import Connect, Serving, hello
from unit.engines.raw import GET, chunked, post


@pytest.mark.parametrize(
    "sent",
    [
        post(b"0\r\n\r\n", b"Transfer-Encoding: chunked"),
        chunked(b"").replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n", 1),
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX\r\n y: folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX : space\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        b"GET  HTTP/1.1\r\nHost: a\r\n\r\n",
        b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0" * 100,
    ],
)  # fmt: skip
def test_what_is_not_http_is_refused(serving: Serving, connect: Connect, sent: bytes) -> None:
    """Requests whose end is in doubt, and what is no HTTP, get 400 in the one shape."""
    called = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        called.append(environ)
        return hello(environ, start_response)

    client = connect(serving(app)).send(sent)
    reply = client.reply()
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert client.closed()
    assert called == []


@pytest.mark.parametrize(
    "sent",
    [chunked(b"abc")[:-5] + b"zz\r\n", chunked(b"abc")[:-5] + b"-1\r\n"],
)
def test_a_malformed_body_is_refused(serving: Serving, connect: Connect, sent: bytes) -> None:
    """A chunked body that breaks its own format is 400."""
    client = connect(serving(hello)).send(sent)
    assert client.reply().status == 400
    assert client.closed()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET http://other.test/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET //x HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /%00%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ],
)
def test_odd_requests_are_answered(serving: Serving, connect: Connect, sent: bytes) -> None:
    """Unusual requests get an answer, and never a server error."""
    assert connect(serving(hello)).send(sent).reply().status in {200, 400, 404, 405}


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
@pytest.mark.parametrize(("body", "status"), [(b"", 200), (GET, 400)])
@pytest.mark.parametrize("pause", [0, 0.1])
def test_an_upgrade_hides_no_request(
    serving: Serving, connect: Connect, protocol: bytes, body: bytes, status: int, pause: float
) -> None:
    """Who asks for an upgrade gets one answer and an end; a body is refused, never a request."""
    seen = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ["REQUEST_METHOD"])
        return hello(environ, start_response)

    upgrade = (b"Connection: upgrade", b"Upgrade: " + protocol)
    client = connect(serving(app)).send(post(b"", *upgrade, length=len(body)))
    time.sleep(pause)
    client.send(body)
    assert client.reply().status == status
    assert client.closed()
    assert seen == (["POST"] if status == 200 else [])


def test_nothing_names_the_server(serving: Serving, connect: Connect) -> None:
    """No header tells which software answers."""
    assert "server" not in connect(serving(hello)).send(GET).reply().headers
