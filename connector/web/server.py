"""The public server: uvicorn, with the deadlines and limits that it lacks.

uvicorn parses HTTP (with httptools: two lengths, a length beside a transfer coding and malformed
lines are refused) and runs the intake. It would wait for ever for the rest of a request's head,
or for a client that does not read its answer, and would take any number of connections.
`Protocol` adds those limits, and lets what the parser refuses leave in the one error shape.

    sock = listen("127.0.0.1", 0)      # the port is known before anything runs
    serve(Intake(app), sock)           # until SIGTERM or SIGINT, then ends gracefully
"""

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from connector.errors import (
    HeadersTooLarge,
    InvalidRequest,
    RequestTimeout,
    Unavailable,
    UnitwireError,
    UriTooLong,
)
from connector.web.intake import MAX_HEADER_BYTES, Intake, refusal

BACKLOG = 1024
MAX_URI = 16 * 1024  # bytes; RFC 9110 section 4.1 asks for 8,000 at least


@dataclass(frozen=True)
class Limits:
    """How long and how much the server bears, in seconds and connections.

    `head_s` is for a request's line and headers to arrive, `idle_s` for the next request to begin
    on a kept connection, `write_s` for a client to go on reading, and `stop_s` for requests under
    way when the server is told to end.
    """

    head_s: float = 10.0
    idle_s: int = 5
    write_s: float = 30.0
    stop_s: int = 10
    connections: int = 1000


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a listening socket; with port 0, `getsockname()[1]` tells which port it is.

    `shared` lets several processes listen on the same port, each with its own socket (Linux:
    SO_REUSEPORT). Raises OSError if the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=shared)


def serve(app: Intake, sock: socket.socket, limits: Limits | None = None) -> None:
    """Serve until SIGTERM or SIGINT; then take no more, finish what is under way, and return."""
    Server(app, sock, limits).run()


class Server(uvicorn.Server):
    """One server on one socket; `run` blocks, `stop` may be called from any thread."""

    def __init__(self, app: Intake, sock: socket.socket, limits: Limits | None = None) -> None:
        super().__init__(_Config(app, limits or Limits()))
        self._sock = sock

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop."""
        # Signals are taken before there is a loop: whoever took them earlier may answer with an
        # exception, and one in the middle of its making breaks the loop instead of ending it.
        with self.capture_signals():
            super().run(sockets=[self._sock] if sockets is None else sockets)

    def stop(self) -> None:
        """Begin to end, gracefully."""
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT while running.

        uvicorn would raise the signal again afterwards, which kills the process before whoever
        called `run` can put away the rest of the house.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Config(uvicorn.Config):
    def __init__(self, app: Intake, limits: Limits) -> None:
        self.limits = limits
        super().__init__(
            app,
            loop="uvloop",
            http=Protocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # believed or not by one setting, in one place: not here
            server_header=False,
            timeout_keep_alive=limits.idle_s,
            timeout_graceful_shutdown=limits.stop_s,
        )


class Protocol(HttpToolsProtocol):
    """One connection.

    One timer runs whenever the server waits for a head: from the connection, and from the end of
    an answer, until the next head is complete. So it also bounds how long the rest of a refused
    body may trickle in.
    """

    def __init__(
        self,
        config: _Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = config.limits
        self.url = b""
        self._in_head = False
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, unless there are connections enough."""
        super().connection_made(transport)
        self._wait_for_head(self._limits.head_s)
        if len(self.connections) > self._limits.connections:
            self._refuse(Unavailable(retry_after=1))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._stop_waiting()
        self._stop_write_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and refuse a head that does not end."""
        was_in_head = self._in_head
        super().data_received(data)
        if was_in_head and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEADER_BYTES:
                self._refuse(HeadersTooLarge())

    def on_message_begin(self) -> None:
        """Note that a head has begun."""
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address; an exception ends the parsing (see below)."""
        super().on_url(url)
        if len(self.url) > MAX_URI:
            raise UriTooLong

    def on_headers_complete(self) -> None:
        """Note that the head is whole, and let the application have it."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Wait for the next head, if it is not here already."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._wait_for_head(self._limits.idle_s + self._limits.head_s)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, or has an address that is too long."""
        bad = InvalidRequest("The request is not valid HTTP/1.1.")
        self._refuse(UriTooLong() if len(self.url) > MAX_URI else bad)

    def pause_writing(self) -> None:
        """Give a client that does not read some time, then drop it."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(self._limits.write_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads on."""
        self._stop_write_timer()
        super().resume_writing()

    def _wait_for_head(self, seconds: float) -> None:
        self._stop_waiting()
        self._head_timer = self.loop.call_later(seconds, self._too_late)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _too_late(self) -> None:
        if self._in_head:
            self._refuse(RequestTimeout())
        else:
            self.transport.close()

    def _refuse(self, error: UnitwireError) -> None:
        """Answer outside of any request, and close; in the middle of an answer, only close."""
        if not self.transport.is_closing() and not self._answering():
            answer = refusal(error)
            phrase = HTTPStatus(answer.status).phrase
            lines = [f"HTTP/1.1 {answer.status} {phrase}\r\n".encode()]
            lines += [b"%s: %s\r\n" % pair for pair in answer.headers]
            self.transport.write(b"".join([*lines, b"connection: close\r\n\r\n", answer.body]))
        self.transport.close()

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is not None and cycle.response_started and not cycle.response_complete
