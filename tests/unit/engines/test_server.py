"""The public server: its deadlines, limits and end."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from unit.engines.hello import Connect, Serving, hello
from unit.engines.raw import GET, post

from connector.web.intake import Intake
from connector.web.server import MAX_URI, Limits, Server, listen

QUICK = Limits(head_s=0.4, idle_s=1, write_s=0.5, stop_s=1)


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


def test_who_still_waits_when_the_server_ends_is_told_to_come_again(
    serving: Serving, connect: Connect, running: list[tuple[Server, threading.Thread]]
) -> None:
    """After `stop_s` whoever has no answer yet gets a 503 in the one shape."""
    begun, over = threading.Event(), threading.Event()

    def stuck(environ: Any, start_response: Any) -> Any:
        begun.set()
        over.wait(20)
        return hello(environ, start_response)

    port = serving(stuck, Limits(stop_s=1))
    client = connect(port).send(GET)
    assert begun.wait(10)
    running[-1][0].stop()
    reply = client.reply()
    over.set()
    assert (reply.status, reply.code) == (503, "service_unavailable")
    assert int(reply.headers["retry-after"]) >= 1


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


EARLY = """
import _socket, signal
from connector.cli.children import end_in_order
from connector.web.intake import Intake
from connector.web.server import listen, serve

def interrupted(*arguments, real=_socket.socketpair):
    signal.raise_signal(signal.SIGINT)
    return real(*arguments)

end_in_order()
sock = listen("127.0.0.1", 0)
intake = Intake(lambda environ, start_response: [])
_socket.socketpair = interrupted
serve(intake, sock)
print("put away")
"""


def test_a_signal_while_the_loop_is_being_made_ends_it_in_order() -> None:
    """The server begins, ends, and returns; nothing is told as a fault."""
    ended = subprocess.run(
        [sys.executable, "-c", EARLY], capture_output=True, text=True, timeout=30, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "put away\n", "")
