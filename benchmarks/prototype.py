"""The ceiling: Unitwire's own engines, and nothing of the product.

    python -m benchmarks.prototype web DATABASE PORT         # threads: Flask takes the webhooks
    python -m benchmarks.prototype dispatch DATABASE TARGET

uvicorn and the intake take a webhook on the event loop; its signature is checked and its JSON read
once, by orjson; one writer commits what waits in one durable SQLite transaction, many rows in one
statement; a second process is woken,
claims in batches, POSTs with pycurl's multi interface and writes what came of it in one
transaction.
There is no retry schedule, no target guard, no signature on what goes out, no filter, no log of
answers, no tenant. So no product that keeps its promises on these engines can be faster.
"""

import asyncio
import contextlib
import hmac
import queue
import re
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pycurl
from flask import Flask, request
from pysqlite3 import dbapi2 as sqlite3

from benchmarks.workload import SECRET
from connector.web.intake import Intake
from connector.web.server import listen, serve
from connector.web.wsgi import Answer, Scope

PATH = "/hook"
CLAIM, IN_FLIGHT = 100, 256
ROWS = (32, 8, 1)  # in one INSERT
POLL_S, LEASE_S = 0.5, 5.0

TABLES = """
    CREATE TABLE IF NOT EXISTS events (
      seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB, due REAL, attempts INTEGER DEFAULT 0,
      status TEXT DEFAULT 'pending');
    CREATE INDEX IF NOT EXISTS due ON events (due) WHERE status = 'pending';
    CREATE TABLE IF NOT EXISTS attempts (
      event INTEGER, number INTEGER, at REAL, status INTEGER, PRIMARY KEY (event, number));
"""
INSERT = "INSERT INTO events (id, body, due) VALUES {rows} ON CONFLICT DO NOTHING"
CHOOSE = """
    UPDATE events SET due = :until, attempts = attempts + 1
    WHERE seq IN (SELECT seq FROM events WHERE status = 'pending' AND due <= :now
                  ORDER BY due LIMIT :count)
    RETURNING seq, attempts, body
"""
DONE = "UPDATE events SET status = 'delivered' WHERE seq = ?"
TRIED = "INSERT INTO attempts VALUES (?, ?, ?, ?)"


def connect(database: str) -> Any:
    """Open the database, durable at each commit; transactions are begun by hand."""
    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA busy_timeout=30000")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


@contextlib.contextmanager
def transaction(connection: Any) -> Iterator[Any]:
    """Give a cursor in a write transaction, committed at the end."""
    cursor = connection.cursor()
    cursor.execute("BEGIN IMMEDIATE")
    try:
        yield cursor
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise


class Group:
    """Rows of one transaction; `done` ends when they are durable, `soon` on the event loop."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.done: Future[None] = Future()
        self.soon: asyncio.Future[None] | None = None


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


def insert(cursor: Any, rows: list[tuple[Any, ...]]) -> None:
    """Insert many rows in few statements, of few sizes so that each is parsed once."""
    done = 0
    for count in ROWS:
        while len(rows) - done >= count:
            values = [each for row in rows[done : done + count] for each in row]
            cursor.execute(INSERT.format(rows=", ".join(["(?, ?, ?)"] * count)), values)
            done += count


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

    async def gate(self, scope: Scope, body: bytes) -> Answer | None:
        """Take one webhook on the event loop."""
        signature = dict(scope["headers"]).get(b"x-stora-signature", b"").decode("latin-1")
        kept = self.admit(signature, body, asyncio.get_running_loop())
        if kept is None:
            return None
        if kept.soon is None:
            kept.soon = asyncio.wrap_future(kept.done)
            kept.soon.add_done_callback(lambda _: self.ring())
        await asyncio.shield(kept.soon)
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


def dispatch(database: str, target: str) -> None:
    """Deliver for ever."""
    connection = connect(database)
    path = f"{database}.bell"
    Path(path).unlink(missing_ok=True)
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.bind(path)
    bell.setblocking(False)
    wire = Wire(bell)
    idle = [handle(target) for _ in range(IN_FLIGHT)]
    under_way: dict[pycurl.Curl, tuple[int, int]] = {}
    while True:
        with contextlib.suppress(OSError):
            while bell.recv(16):
                pass
        claimed = claim(connection, min(CLAIM, len(idle))) if idle else []
        for seq, number, body in claimed:
            curl = idle.pop()
            curl.setopt(pycurl.POSTFIELDS, body)
            under_way[curl] = (seq, number)
            wire.multi.add_handle(curl)
        if ended := wire.ended(0.0 if len(claimed) == CLAIM else POLL_S):
            rows = [(*under_way.pop(curl), curl.getinfo(pycurl.RESPONSE_CODE)) for curl in ended]
            idle += ended
            save(connection, rows)


class Wire:
    """libcurl's multi interface, driven by epoll."""

    def __init__(self, bell: socket.socket) -> None:
        self.multi = pycurl.CurlMulti()
        self.multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self.multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self.multi.setopt(pycurl.M_MAXCONNECTS, IN_FLIGHT)
        self._timer: float | None = None
        self._bell = bell.fileno()
        self._poll = select.epoll()
        self._poll.register(bell, select.EPOLLIN)
        self._watched: set[int] = set()

    def ended(self, wait_s: float) -> list[pycurl.Curl]:
        """Work until something has ended, the bell rings or `wait_s` is over."""
        until = time.monotonic() + wait_s
        while True:
            next_at = until if self._timer is None else min(until, self._timer)
            rung = False
            for fd, what in self._poll.poll(max(0.0, next_at - time.monotonic())):
                rung |= fd == self._bell
                if fd != self._bell:
                    self.multi.socket_action(fd, bits_of(what))
            now = time.monotonic()
            if self._timer is not None and self._timer <= now:
                self._timer = None
                self.multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
            if (ended := collect(self.multi)) or rung or now >= until:
                return ended

    def _watch(self, what: int, fd: int, _multi: object, _data: object) -> None:
        if what in (pycurl.POLL_REMOVE, pycurl.POLL_NONE):
            if fd in self._watched:
                self._watched.remove(fd)
                self._poll.unregister(fd)
            return
        wanted = {1: select.EPOLLIN, 2: select.EPOLLOUT, 3: select.EPOLLIN | select.EPOLLOUT}[what]
        (self._poll.modify if fd in self._watched else self._poll.register)(fd, wanted)
        self._watched.add(fd)

    def _set_timer(self, after_ms: int) -> None:
        self._timer = None if after_ms < 0 else time.monotonic() + after_ms / 1000


def bits_of(what: int) -> int:
    """Return epoll's events in libcurl's bits; an error is told as both."""
    bad = what & (select.EPOLLERR | select.EPOLLHUP)
    readable = pycurl.CSELECT_IN if bad or what & select.EPOLLIN else 0
    return readable | (pycurl.CSELECT_OUT if bad or what & select.EPOLLOUT else 0)


def handle(target: str) -> pycurl.Curl:
    """Return a handle for POSTs to `target`."""
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, target)
    curl.setopt(pycurl.POST, 1)
    curl.setopt(pycurl.TIMEOUT, 20)
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json", "Expect:"])
    curl.setopt(pycurl.WRITEFUNCTION, len)
    return curl


def claim(connection: Any, count: int) -> list[tuple[int, int, bytes]]:
    """Take up to `count` events that are due."""
    now = time.time()
    with transaction(connection) as cursor:
        cursor.execute(CHOOSE, {"now": now, "until": now + LEASE_S, "count": count})
        rows: list[tuple[int, int, bytes]] = cursor.fetchall()
    return rows


def collect(multi: pycurl.CurlMulti) -> list[pycurl.Curl]:
    """Return the handles whose POST has ended."""
    ended: list[pycurl.Curl] = []
    left = 1
    while left:
        left, good, bad = multi.info_read()
        ended += [*good, *(each[0] for each in bad)]
    for curl in ended:
        multi.remove_handle(curl)
    return ended


def save(connection: Any, rows: list[tuple[int, int, int]]) -> None:
    """Write the attempts and what was taken."""
    now = time.time()
    with transaction(connection) as cursor:
        cursor.executemany(TRIED, [(seq, number, now, status) for seq, number, status in rows])
        cursor.executemany(DONE, [(seq,) for seq, _, status in rows if 200 <= status < 300])


def main() -> None:
    """Run one of the two processes."""
    what, database, value = sys.argv[1:]
    if what == "dispatch":
        dispatch(database, value)
    else:
        serve_web(database, int(value), on_threads=what == "threads")


if __name__ == "__main__":
    main()
