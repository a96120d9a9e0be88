"""A workflow's receiver on loopback, whose answers a test chooses."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Arrival:
    """One request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What arrived, and how to answer: a status, or a function that gets the handler."""

    url: str = ""
    answer: int | Callable[[BaseHTTPRequestHandler], None] = 200
    arrivals: list[Arrival] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, seconds: float = 10) -> list[Arrival]:
        """Return the arrivals once there are `count`, or those there are after `seconds`."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.arrivals) >= count, seconds)
            return list(self.arrivals)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Give a receiver that runs in threads of its own."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with found.changed:
                found.arrivals.append(Arrival(self.path, dict(self.headers), body))
                found.changed.notify_all()
            if callable(found.answer):
                found.answer(self)
                return
            self.send_response(found.answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 512

        def handle_error(self, *_: Any) -> None:
            """A sender that goes away is what tests do."""

    server = Server(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
