"""The public server: its deadlines, limits and end."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from unit.engines.raw import GET, Client, chunked, post

from connector.web.intake import Intake
from connector.web.server import MAX_URI, Limits, Server, listen

Serving = Callable[..., int]
Connect = Callable[[int], Client]
QUICK = Limits(head_s=0.4, idle_s=1, write_s=0.5, stop_s=1)


def hello(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer any request."""
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


@pytest.mark.parametrize(
    "begun", [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow:", GET[:-2]]
)
def test_a_slow_head_is_timed_out(serving: Serving, connect: Connect, begun: bytes) -> None:
    """A head that does not end is 408 at the deadline, and the connection is closed."""
    client = connect(serving(hello, QUICK))
    start = time.monotonic()
    reply = client.send(begun).reply()
    assert (reply.status, reply.code) == (408, "request_timeout")
    assert client.closed()
    assert 0.35 <= time.monotonic() - start < 1.5


def test_a_dripping_head_is_timed_out(serving: Serving, connect: Connect) -> None:
    """A byte now and then does not move the deadline."""
    client = connect(serving(hello, QUICK)).send(b"GET / HTTP/1.1\r\nX: ")
    for _ in range(5):
        time.sleep(0.1)
        client.send(b"x")
    assert client.reply().status == 408


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
def test_a_silent_connection_is_closed(serving: Serving, connect: Connect, sent: bytes) -> None:
    """A connection on which no request begins is closed at the deadline, without a word."""
    client = connect(serving(hello, QUICK)).send(sent)
    start = time.monotonic()
    assert client.closed()
    assert time.monotonic() - start < 1.5


def test_a_kept_connection_ends_when_idle(serving: Serving, connect: Connect) -> None:
    """Between requests a connection is kept for a while; blank lines do not keep it longer."""
    port = serving(hello, QUICK)
    for drip in (b"", b"\r\n"):
        client = connect(port).send(GET)
        assert client.reply().status == 200
        assert client.send(GET).reply().status == 200
        start = time.monotonic()
        for _ in range(8):
            client.send(drip)
            time.sleep(0.1)
        assert client.closed()
        assert time.monotonic() - start < 2.5


def test_the_rest_of_a_refused_body_has_a_deadline(serving: Serving, connect: Connect) -> None:
    """After 413 a client may send the rest of its body for a while, not for ever."""
    client = connect(serving(hello, QUICK, max_body=10)).send(post(length=1000))
    assert client.reply().status == 413
    start = time.monotonic()
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.1):
            client.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    assert client.closed()
    stop.set()
    thread.join()
    assert time.monotonic() - start < 2.5


def test_who_does_not_read_is_dropped(serving: Serving, connect: Connect) -> None:
    """A client that asks for much and reads nothing is cut off at the deadline."""

    def big(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "50000000")])
        return [b"x" * 50_000_000]

    client = connect(serving(big, QUICK)).send(GET)
    time.sleep(1.2)
    got = 0
    with contextlib.suppress(ConnectionResetError):
        while more := client.socket.recv(1_000_000):
            got += len(more)
    assert got < 50_000_000


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


def test_an_endless_head_is_cut(serving: Serving, connect: Connect) -> None:
    """A head that goes on beyond 64 KiB is 431 before it ends, in one line or in many."""
    port = serving(hello)
    for line in (b"x" * 50_000, b"X: y\r\n" * 8_000):
        client = connect(port).send(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        for _ in range(6):
            client.send(line)
            time.sleep(0.02)
        with contextlib.suppress(ConnectionResetError):  # lost behind what was still sent
            assert client.reply().code == "headers_too_large"
        assert client.closed()


@pytest.mark.parametrize("size", [MAX_URI, MAX_URI + 1, 60_000])
def test_an_address_has_16_kib(serving: Serving, connect: Connect, size: int) -> None:
    """One byte more is 414, path or query, and the connection is closed."""
    port = serving(hello)
    for begin in (b"/", b"/?"):
        head = b"GET " + begin.ljust(size, b"a") + b" HTTP/1.1\r\nHost: a\r\n\r\n"
        client = connect(port).send(head)
        reply = client.reply()
        assert reply.status == (200 if size == MAX_URI else 414)
        assert reply.status == 200 or (reply.code == "uri_too_long" and client.closed())


def test_how_many_connections(serving: Serving, connect: Connect) -> None:
    """As many connections as the limit are served, one more is told 503 and closed."""
    port = serving(hello, Limits(connections=3, stop_s=1))
    clients = [connect(port).send(GET) for _ in range(3)]
    assert [client.reply().status for client in clients] == [200, 200, 200]
    late = connect(port)
    reply = late.reply()
    assert (reply.status, reply.code, reply.headers["retry-after"]) == (
        503,
        "service_unavailable",
        "1",
    )
    assert late.closed()
    clients[0].close()
    time.sleep(0.1)
    assert connect(port).send(GET).reply().status == 200


def test_nothing_names_the_server(serving: Serving, connect: Connect) -> None:
    """No header tells which software answers."""
    assert "server" not in connect(serving(hello)).send(GET).reply().headers


def test_two_processes_can_share_a_port() -> None:
    """Two sockets may listen on one port if both say so, and only then."""
    with listen("127.0.0.1", 0, shared=True) as first:
        port = first.getsockname()[1]
        with listen("127.0.0.1", port, shared=True) as second:
            assert second.getsockname()[1] == port
        with pytest.raises(OSError, match="in use"):
            listen("127.0.0.1", port)


def test_ipv6() -> None:
    """An IPv6 address is listened on as such."""
    with listen("::1", 0) as sock:
        assert sock.family == socket.AF_INET6


def test_stop_finishes_what_is_under_way(connect: Connect) -> None:
    """A request under way is answered, then `run` returns and the port is free."""
    begun, go = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        begun.set()
        go.wait(5)
        return hello(environ, start_response)

    sock = listen("127.0.0.1", 0)
    port = sock.getsockname()[1]
    server = Server(Intake(app), sock)
    thread = threading.Thread(target=server.run)
    thread.start()
    client = connect(port).send(GET)
    assert begun.wait(5)
    server.stop()
    time.sleep(0.3)
    go.set()
    assert client.reply().body == b"hello"
    thread.join(5)
    assert not thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        connect(port)


PROGRAM = """
import sys, time
from connector.web.intake import Intake
from connector.web.server import listen, serve

def app(environ, start_response):
    time.sleep(0.5)
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]

sock = listen("127.0.0.1", 0)
print(sock.getsockname()[1], flush=True)
serve(Intake(app), sock)
print("put away", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_process_gracefully(
    connect: Connect, tmp_path: Path, number: signal.Signals
) -> None:
    """On SIGTERM and SIGINT the request under way is answered and `serve` returns."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        client = connect(int(process.stdout.readline())).send(GET)
        time.sleep(0.25)
        process.send_signal(number)
        assert client.reply().body == b"hello"
        assert process.stdout.read() == "put away\n"
        assert process.wait(5) == 0
