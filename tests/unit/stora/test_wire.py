"""One exchange with Stora is bounded in time and size, and its failures say what is known."""

import gc
import http.server
import socket
import threading
import time
from pathlib import Path

import pytest
from raw import Behave, answer, read_head
from unit.stora.exchanges import Serve, drip, fails

from connector import __version__
from connector.stora.wire import MAX_ANSWER, Wire

# ---- how long ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: application/json\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Drip: ",
        b"HTT",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
    ],
    ids=["body", "header", "status line", "interim answers"],
)
def test_a_dripping_server_is_left_at_the_deadline(
    raw_server: Serve, wire: Wire, head: bytes
) -> None:
    """A server that sends a byte now and then, wherever in its answer, holds nobody."""
    url = raw_server(drip(head))
    began = time.monotonic()
    assert fails(wire, url, deadline_s=0.5).lost
    assert 0.4 < time.monotonic() - began < 1.5


def test_a_silent_server_is_left_at_the_deadline(raw_server: Serve, wire: Wire) -> None:
    """A server that takes the request and says nothing holds nobody; the effect is unknown."""
    released = threading.Event()
    url = raw_server(lambda connection: (read_head(connection), released.wait(10))[1] and None)
    began = time.monotonic()
    assert fails(wire, url, deadline_s=0.3).lost
    assert time.monotonic() - began < 1.5
    released.set()


def test_a_late_byte_does_not_move_the_deadline(raw_server: Serve, wire: Wire) -> None:
    """A server that falls silent after a byte is left when the whole time is over, not later."""
    released = threading.Event()

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        time.sleep(0.8)
        connection.sendall(b"H")
        released.wait(10)

    began = time.monotonic()
    assert fails(wire, raw_server(behave), deadline_s=1.0).lost
    assert time.monotonic() - began < 1.6
    released.set()


def test_an_answer_just_inside_the_deadline_counts(raw_server: Serve, wire: Wire) -> None:
    """Slow is not late: an answer in two halves within the deadline is taken."""

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        time.sleep(0.3)
        connection.sendall(b"Content-Length: 9\r\n\r\n{" + b'"a": 10}')

    assert wire.exchange("GET", raw_server(behave), deadline_s=5).body == {"a": 10}


# ---- what was done -----------------------------------------------------------------------------


def test_a_refused_connection_means_that_nothing_was_sent(wire: Wire) -> None:
    """Where no connection was made, the effect is known: none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    problem = fails(wire, f"http://127.0.0.1:{port}")
    assert not problem.lost
    assert problem.status == 503


def test_an_unknown_host_means_that_nothing_was_sent(wire: Wire) -> None:
    """A name that has no address is no lost answer."""
    assert not fails(wire, "http://unitwire.invalid").lost


@pytest.mark.parametrize(
    "told", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", b"not HTTP at all\r\n\r\n"]
)
def test_a_broken_answer_is_lost(raw_server: Serve, wire: Wire, told: bytes) -> None:
    """An answer that breaks off leaves the effect unknown."""

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(told)

    assert fails(wire, raw_server(behave)).lost


@pytest.mark.parametrize(
    "behave",
    [
        answer(b"{}", "302 Found", "Location: http://127.0.0.1:1/", "Content-Type: text/html"),
        answer(b"{}", "307 Temporary Redirect", "Content-Type: application/json"),
        answer(b"{}", "304 Not Modified"),
        answer(b"<html>", "200 OK", "Content-Type: text/html"),
        answer(b"{}", "200 OK", "X-No-Type: 1"),
        answer(b"[]"),
        answer(b"{"),
        answer(b"\xff\xfe{}"),
        answer(b'{"a":' * 100_000),
        answer(b'{"a": ' + b"9" * 5_000 + b"}"),
    ],
    ids=[
        *("redirect", "redirect with JSON", "not modified", "HTML", "no type", "a list"),
        *("half", "not UTF-8", "too deep", "too long a number"),
    ],
)
def test_an_answer_that_is_not_storas_own_is_lost(
    raw_server: Serve, wire: Wire, behave: Behave
) -> None:
    """Redirects are not followed, and only a JSON object, declared as one, is an answer."""
    assert fails(wire, raw_server(behave)).lost


def test_an_answer_may_be_empty(raw_server: Serve, wire: Wire) -> None:
    """A 204 has no body and needs no type."""
    found = wire.exchange("DELETE", raw_server(answer(b"", "204 No Content")), deadline_s=5)
    assert (found.status, found.body) == (204, {})


# ---- how large ---------------------------------------------------------------------------------


def json_of(size: int) -> bytes:
    """Return a JSON object of `size` bytes."""
    return b'{"a":"' + b"x" * (size - 8) + b'"}'


def test_the_largest_answer_is_taken_and_one_byte_more_is_not(
    raw_server: Serve, wire: Wire
) -> None:
    """The size of an answer is capped, so that it cannot fill the memory."""
    taken = wire.exchange("GET", raw_server(answer(json_of(MAX_ANSWER))), deadline_s=20)
    assert len(taken.body["a"]) == MAX_ANSWER - 8
    assert fails(wire, raw_server(answer(json_of(MAX_ANSWER + 1))), deadline_s=20).lost


def test_a_compressed_answer_is_not_unpacked(raw_server: Serve, wire: Wire) -> None:
    """Nothing compressed is asked for or unpacked: a small answer stays small."""
    heads: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
            b"Content-Length: 4\r\nConnection: close\r\n\r\n\x1f\x8b\x08\x00"
        )

    assert fails(wire, raw_server(behave)).lost
    assert b"Accept-Encoding: identity\r\n" in heads[0]
    assert f"User-Agent: Unitwire/{__version__}\r\n".encode() in heads[0]


# ---- over which connection ---------------------------------------------------------------------


def test_nothing_of_the_environment_is_used(
    raw_server: Serve, wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Proxies and netrc of the environment neither see a token nor add one."""
    heads: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            b"Set-Cookie: a=b; Path=/\r\nConnection: close\r\n\r\n{}"
        )

    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    url = raw_server(behave)
    for _ in range(2):
        wire.exchange("GET", url, deadline_s=5)
    assert len(heads) == 2
    assert not any(b"Authorization" in head or b"Cookie" in head for head in heads)


def test_a_connection_is_used_again(wire: Wire) -> None:
    """Calls one after the other share a connection, also after an error."""
    connections = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            connections.append(self.client_address)
            self.send_response(404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        for _ in range(3):
            wire.exchange("GET", f"http://127.0.0.1:{server.server_port}", deadline_s=5)
        wire.close()
        server.shutdown()
        thread.join()
    assert len(connections) == 3
    assert len(set(connections)) == 1


def test_threads_do_not_share_and_leave_nothing(raw_server: Serve, wire: Wire) -> None:
    """Each thread has a session of its own, which goes when the thread does."""
    url = raw_server(answer(b"{}"))

    def ask() -> None:
        wire.exchange("GET", url, deadline_s=5)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()
    assert len(wire._sessions) == 0
