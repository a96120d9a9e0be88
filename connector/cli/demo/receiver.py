"""The workflow of the demo: a small server that takes every POST and remembers what came.

| route | what |
|---|---|
| `POST` anything | kept, and answered 200, or as `_answer` said |
| `GET /received` | the last thousand as JSON, oldest first: `{path, headers, body, at}` |
| `POST /_answer` | `{"path", "status", "delay"}`: how a path answers from now on, after how long |
| `GET` anything else | where a builder's own page would be |
"""

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connector import world

KEPT = 1000
MAX_BODY = 16 * 1024 * 1024
MAX_DELAY_S = 120.0
IDLE_S = 60


@dataclass(frozen=True)
class Received:
    """One POST; `at` is in milliseconds since the epoch, header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: str
    at: int


class Receiver:
    """The server, on a free port of loopback; works from `start` to `stop`."""

    def __init__(self) -> None:
        self._received: deque[Received] = deque(maxlen=KEPT)
        self._answers: dict[str, tuple[int, float]] = {}
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), handler_of(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="receiver", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()

    def keep(self, received: Received) -> tuple[int, float]:
        """Remember a POST; return status and delay (s) of its answer."""
        with self._changed:
            self._received.append(received)
            self._changed.notify_all()
            return self._answers.get(received.path, (200, 0.0))

    def received(self) -> list[Received]:
        """Return what came, oldest first."""
        with self._changed:
            return list(self._received)

    def wait_for(self, wanted: Callable[[Received], bool], seconds: float) -> Received | None:
        """Return the first POST that is `wanted`, None if none came within `seconds`."""
        with self._changed:
            return self._changed.wait_for(
                lambda: next(filter(wanted, self._received), None), seconds
            )

    def answer(self, path: str, status: int, delay_s: float) -> None:
        """Let `path` answer `status` after `delay_s`."""
        with self._changed:
            self._answers[path] = (status, delay_s)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a sender that goes away."""


def handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    """Return the handler class of the standard library's server, bound to `receiver`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "Workflow"
        sys_version = ""
        timeout = IDLE_S
        wbufsize = -1  # head and body leave in one piece: two would wait for each other's receipt

        def do_GET(self) -> None:
            if self.path == "/received":
                self.reply(200, [asdict(each) for each in receiver.received()])
            else:
                self.reply(200, {"workflow": "This is where the workflow builder would go on."})

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not (length.isascii() and length.isdigit() and int(length) <= MAX_BODY):
                self.close_connection = True
                self.reply(411, {"error": "a Content-Length of at most 16 MiB is needed"})
                return
            body = self.rfile.read(int(length)).decode("utf-8", "replace")
            if self.path == "/_answer":
                self.set_answer(body)
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, delay_s = receiver.keep(Received(self.path, headers, body, world.now_ms()))
            threading.Event().wait(delay_s)
            self.reply(status, {"received": True})

        def set_answer(self, body: str) -> None:
            try:
                wanted = json.loads(body)
                status, delay_s = int(wanted.get("status", 200)), float(wanted.get("delay", 0))
                path = str(wanted["path"])
            except (ValueError, KeyError, TypeError, AttributeError):
                self.reply(400, {"error": "send path, status, delay"})
                return
            if not (200 <= status <= 599 and 0 <= delay_s <= MAX_DELAY_S):
                self.reply(400, {"error": "status is 200 to 599, delay 0 to 120 seconds"})
                return
            receiver.answer(path, status, delay_s)
            self.reply(200, {"path": path, "status": status, "delay": delay_s})

        def reply(self, status: int, document: Any) -> None:
            body = json.dumps(document, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status not in (204, 304):
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet: what came is at /received."""

    return Handler
