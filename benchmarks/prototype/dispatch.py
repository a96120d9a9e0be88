"""How the ceiling delivers: it claims in batches, and writes what came of them in batches."""

import contextlib
import socket
import time
from pathlib import Path
from typing import Any

import pycurl

from benchmarks.prototype.store import connect, transaction
from benchmarks.prototype.wire import Wire, handle

CLAIM, IN_FLIGHT = 100, 256
POLL_S, LEASE_S = 0.5, 5.0

CHOOSE = """
    UPDATE events SET due = :until, attempts = attempts + 1
    WHERE seq IN (SELECT seq FROM events WHERE status = 'pending' AND due <= :now
                  ORDER BY due LIMIT :count)
    RETURNING seq, attempts, body
"""
DONE = "UPDATE events SET status = 'delivered' WHERE seq = ?"
TRIED = "INSERT INTO attempts VALUES (?, ?, ?, ?)"


def dispatch(database: str, target: str) -> None:
    """Deliver for ever."""
    connection = connect(database)
    path = f"{database}.bell"
    Path(path).unlink(missing_ok=True)
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.bind(path)
    bell.setblocking(False)
    wire = Wire(bell, IN_FLIGHT)
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


def claim(connection: Any, count: int) -> list[tuple[int, int, bytes]]:
    """Take up to `count` events that are due."""
    now = time.time()
    with transaction(connection) as cursor:
        cursor.execute(CHOOSE, {"now": now, "until": now + LEASE_S, "count": count})
        rows: list[tuple[int, int, bytes]] = cursor.fetchall()
    return rows


def save(connection: Any, rows: list[tuple[int, int, int]]) -> None:
    """Write the attempts and what was taken."""
    now = time.time()
    with transaction(connection) as cursor:
        cursor.executemany(TRIED, [(seq, number, now, status) for seq, number, status in rows])
        cursor.executemany(DONE, [(seq,) for seq, _, status in rows if 200 <= status < 300])
