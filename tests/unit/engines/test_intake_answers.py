"""What an application answers through the intake: faults, waiting, streams."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request, stream_with_context
from structlog.testing import capture_logs
from unit.engines.hello import Connect, Serving
from unit.engines.raw import GET

from connector.web.server import Limits


def test_an_exception_is_a_500_in_the_one_shape(serving: Serving, connect: Connect) -> None:
    """What the application does not catch is logged whole and answered without a word of it."""

    def broken(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        raise RuntimeError("inner secret")

    with capture_logs() as logs:
        reply = connect(serving(broken)).send(GET).reply()
    assert (reply.status, reply.code) == (500, "internal_server_error")
    assert b"inner" not in reply.body
    assert [entry["event"] for entry in logs] == ["unexpected_error"]


@pytest.mark.parametrize("app", [lambda _e, _s: [b"x"], lambda _e, _s: []])
def test_an_application_that_says_no_status(serving: Serving, connect: Connect, app: Any) -> None:
    """An application that never calls start_response is a fault like any other."""
    with capture_logs():
        assert connect(serving(app)).send(GET).reply().status == 500


def test_a_generator_may_begin_late(serving: Serving, connect: Connect) -> None:
    """start_response may be called by the first chunk, and write and chunks keep their order."""

    def app(_environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        write = start_response("201 Created", [("X-A", "b")])
        write(b"one ")
        yield b"two "
        yield b""
        yield b"three"

    reply = connect(serving(app)).send(GET).reply()
    assert (reply.status, reply.headers["x-a"], reply.body) == (201, "b", b"one two three")


def test_too_many_waiting(serving: Serving, connect: Connect) -> None:
    """One request runs, one waits, and the third is told at once to come back."""
    go = threading.Event()

    def app(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        go.wait(10)
        start_response("204 No Content", [])
        return []

    port = serving(app, threads=1, max_waiting=1)
    clients = [connect(port).send(GET) for _ in range(2)]
    time.sleep(0.2)
    reply = connect(port).send(GET).reply()
    assert (reply.status, reply.code, reply.headers["retry-after"]) == (
        503,
        "service_unavailable",
        "1",
    )
    go.set()
    assert [client.reply().status for client in clients] == [204, 204]
    assert connect(port).send(GET).reply().status == 204


class Stream:
    """A WSGI answer without a length: it yields when told to, and knows when it was closed."""

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.closed = threading.Event()
        self.made = 0

    def __call__(self, _environ: dict[str, Any], start_response: Any) -> "Stream":
        """Begin to stream."""
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return self

    def __iter__(self) -> Iterator[bytes]:
        for number in range(1000):
            self.go.acquire(timeout=5)
            self.made += 1
            yield b"%d" % number
            if number == 7:
                raise RuntimeError("broken in the middle")

    def close(self) -> None:
        """Note that the server is done with it."""
        self.closed.set()


def test_a_stream_is_sent_chunk_by_chunk(serving: Serving, connect: Connect) -> None:
    """Headers and each chunk leave when they are made, not at the end."""
    stream = Stream()
    client = connect(serving(stream)).send(GET)
    assert client.line() == b"HTTP/1.1 200 OK\r\n"
    while client.line().strip():
        pass
    chunks = client.chunks()
    for number in range(3):
        stream.go.release()
        assert next(chunks) == b"%d" % number
    assert stream.made == 3


def test_a_stream_ends_when_its_reader_leaves(serving: Serving, connect: Connect) -> None:
    """After a disconnect no further chunk is asked for, and the iterable is closed."""
    stream = Stream()
    client = connect(serving(stream)).send(GET)
    client.line()
    client.close()
    time.sleep(0.1)
    stream.go.release()
    assert stream.closed.wait(5)
    assert stream.made <= 2


def test_a_stream_that_breaks_is_not_ended(serving: Serving, connect: Connect) -> None:
    """An exception in the middle closes the connection without the mark of a whole answer."""
    stream = Stream()
    client = connect(serving(stream)).send(GET)
    for _ in range(20):
        stream.go.release()
    with pytest.raises(ValueError, match="invalid literal"):
        client.reply()
    assert stream.closed.wait(5)


def test_a_stream_keeps_its_context(serving: Serving, connect: Connect) -> None:
    """A Flask stream sees its request in every chunk, whichever thread makes it."""
    app = Flask("test")

    @app.get("/<name>")
    def streamed(name: str) -> Response:
        def chunks() -> Iterator[str]:
            for _ in range(20):
                yield f"{request.path} "

        return Response(stream_with_context(chunks()))

    port = serving(app, threads=4)
    clients = {name: connect(port) for name in ("one", "two", "three")}
    for name, client in clients.items():
        client.send(GET.replace(b"/ ", f"/{name} ".encode(), 1))
    for name, client in clients.items():
        assert client.reply().body == f"/{name} ".encode() * 20


def test_waiting_streams_hold_no_thread(serving: Serving, connect: Connect) -> None:
    """Readers that do not read hold no thread: with one thread, others are still answered."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        if environ["PATH_INFO"] == "/big":
            while True:
                yield b"x" * 1_000_000
        yield b"small"

    port = serving(app, Limits(stop_s=1, write_s=1), threads=1)
    slow = [connect(port).send(GET.replace(b"/ ", b"/big ", 1)) for _ in range(5)]
    time.sleep(0.3)
    assert connect(port).send(GET).reply().body == b"small"
    for client in slow:
        client.close()
