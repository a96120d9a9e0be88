"""How the ceiling takes webhooks: checked, kept durably by one writer, then acknowledged."""

import asyncio
import contextlib
import hmac
import queue
import re
import socket
import threading
import time
from concurrent.futures import Future
from hashlib import sha256
from typing import Any

import orjson
from flask import Flask, request

from benchmarks.prototype.store import connect, insert, transaction
from benchmarks.workload import SECRET
from connector.web.intake import Intake
from connector.web.server import listen, serve
from connector.web.wsgi import Answer, Scope

PATH = "/hook"


class Group:
    """Rows of one transaction; `done` ends when they are durable, then `waiting` on the loop."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.done: Future[None] = Future()
        self.waiting: list[asyncio.Future[None]] = []


class Writer:
    """One thread that commits whatever waits."""

    def __init__(self, database: str) -> None:
        self._lock = threading.Lock()
        self._open: Group | None = None
        self._waiting: queue.SimpleQueue[Group] = queue.SimpleQueue()
        threading.Thread(target=self._work, args=(database,), daemon=True).start()

    def write(self, row: tuple[Any, ...], loop: asyncio.AbstractEventLoop | None) -> Group:
        """Return the group with which `row` becomes durable.

        On an event loop, what it has read already comes along.
        """
        with self._lock:
            group = self._open
            if group is None:
                group = self._open = Group()
                if loop:
                    loop.call_soon(self._waiting.put, group)
                else:
                    self._waiting.put(group)
            group.rows.append(row)
        return group

    def _work(self, database: str) -> None:
        connection = connect(database)
        while True:
            group = self._waiting.get()
            with transaction(connection) as cursor:
                with self._lock:
                    self._open = None
                insert(cursor, group.rows)
            group.done.set_result(None)


class Web:
    """Takes webhooks, on the event loop as the product does, or in Flask on a thread."""

    def __init__(self, database: str) -> None:
        self._writer = Writer(database)
        self._bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._bell.setblocking(False)
        self._bell_path = f"{database}.bell"

    def admit(
        self, signature: str, body: bytes, loop: asyncio.AbstractEventLoop | None = None
    ) -> Group | None:
        """Begin to keep an event that Stora has signed; None if it has not."""
        signed = re.fullmatch(r"t=(\d+),v1=(\w+)", signature)
        if not signed:
            return None
        digest = hmac.digest(SECRET.encode(), signed[1].encode() + b"." + body, sha256).hex()
        if not hmac.compare_digest(digest, signed[2]) or abs(time.time() - int(signed[1])) > 300:
            return None
        return self._writer.write((orjson.loads(body)["event"]["id"], body, time.time()), loop)

    def ring(self) -> None:
        """Wake the dispatcher."""
        with contextlib.suppress(OSError):
            self._bell.sendto(b"!", self._bell_path)

    def end(self, waiting: list[asyncio.Future[None]]) -> None:
        """Let all go on whose events are durable."""
        self.ring()
        for done in waiting:
            done.set_result(None)

    async def gate(self, scope: Scope, body: bytes) -> Answer | None:
        """Take one webhook on the event loop."""
        signature = dict(scope["headers"]).get(b"x-stora-signature", b"").decode("latin-1")
        loop = asyncio.get_running_loop()
        kept = self.admit(signature, body, loop)
        if kept is None:
            return None
        if not kept.waiting:
            asyncio.wrap_future(kept.done).add_done_callback(lambda _: self.end(kept.waiting))
        done = loop.create_future()
        kept.waiting.append(done)
        await done
        return Answer(200, [(b"content-length", b"0")], b"")

    def view(self) -> tuple[str, int]:
        """Take one webhook on a thread."""
        kept = self.admit(request.headers.get("X-Stora-Signature", ""), request.get_data())
        if kept is None:
            return "", 401
        kept.done.result()
        self.ring()
        return "", 200


def serve_web(database: str, port: int, *, on_threads: bool) -> None:
    """Serve until told to stop."""
    web, app = Web(database), Flask(__name__)
    app.add_url_rule(PATH, view_func=web.view, methods=["POST"])
    serve(Intake(app, gate=None if on_threads else web.gate), listen("127.0.0.1", port))
