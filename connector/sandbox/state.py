"""What the sandbox remembers: one SQLite database, in memory or in a file.

Almost everything is a document: JSON under an operator, a kind and an id. The operator is the
tenant wall (every look-up names it) and `HOUSE` owns what belongs to nobody in particular, such as
tokens. A new resource is a new kind; nothing here has to change for it.
Deliveries have a table of their own (`deliveries.py`), since they are found by when they are due.

One connection, one lock: a transaction is all or nothing and alone. With a file, a sandbox that
is killed comes back with all it had acknowledged.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:
    from pysqlite3 import dbapi2 as engine
except ImportError:  # no wheel for this machine: the standard library's does
    engine = sqlite3

HOUSE = ""

Document = dict[str, Any]

TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    operator TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    json TEXT NOT NULL,
    UNIQUE (kind, operator, id)
) STRICT;
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    operator TEXT NOT NULL,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    status TEXT NOT NULL,
    due_ms INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    fault TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_ms, seq) WHERE status = 'pending';
CREATE TABLE IF NOT EXISTS attempts (
    delivery INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    status INTEGER NOT NULL,
    error TEXT NOT NULL,
    answer TEXT NOT NULL,
    fault TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS attempts_delivery ON attempts (delivery);
"""


def write_json(document: object) -> str:
    """Return compact JSON text, the bytes Stora would send."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


class State:
    """The sandbox's memory; `path` is a file, or `:memory:` for one that ends with the process.

    Whoever holds `alone` keeps all others out for more than one transaction.
    """

    def __init__(self, path: str | Path = ":memory:") -> None:
        self.alone = threading.RLock()
        self._connection = engine.connect(
            str(path), isolation_level=None, check_same_thread=False, timeout=5
        )
        # A killed process loses nothing in WAL; only a power cut may take the last moment.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(TABLES)

    def close(self) -> None:
        """Close the database."""
        with self.alone:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all or nothing, alone; one inside another becomes a part of it."""
        with self.alone:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        with self.alone:
            rows: list[tuple[Any, ...]] = self._connection.execute(sql, parameters).fetchall()
            return rows

    def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement once for each of `rows`."""
        with self.alone:
            self._connection.executemany(sql, rows)

    # ---- documents -----------------------------------------------------------------------------

    def put(self, operator: str, kind: str, id: str, document: Document) -> None:
        """Make or replace a document; a replaced one keeps its place in the order."""
        self.query(
            "INSERT INTO objects (operator, kind, id, json) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, operator, id) DO UPDATE SET json = excluded.json",
            (operator, kind, id, write_json(document)),
        )

    def get(self, operator: str, kind: str, id: str) -> Document | None:
        """Return the document, or None: unknown and another operator's look the same."""
        text = self.text(operator, kind, id)
        return None if text is None else json.loads(text)

    def text(self, operator: str, kind: str, id: str) -> str | None:
        """Return the document as the JSON that is kept."""
        rows = self.query(
            "SELECT json FROM objects WHERE kind = ? AND operator = ? AND id = ?",
            (kind, operator, id),
        )
        return rows[0][0] if rows else None

    def all(self, operator: str, kind: str) -> list[Document]:
        """Return all documents of a kind, oldest first."""
        rows = self.query(
            "SELECT json FROM objects WHERE kind = ? AND operator = ? ORDER BY seq",
            (kind, operator),
        )
        return [json.loads(text) for (text,) in rows]

    def newest(self, operator: str, kind: str, limit: int) -> list[Document]:
        """Return the last `limit` documents of a kind, newest first."""
        rows = self.query(
            "SELECT json FROM objects WHERE kind = ? AND operator = ? ORDER BY seq DESC LIMIT ?",
            (kind, operator, limit),
        )
        return [json.loads(text) for (text,) in rows]

    def delete(self, operator: str, kind: str, id: str) -> bool:
        """Remove a document; say whether it was there."""
        rows = self.query(
            "DELETE FROM objects WHERE kind = ? AND operator = ? AND id = ? RETURNING 1",
            (kind, operator, id),
        )
        return bool(rows)

    def wipe(self, keep: Sequence[str]) -> None:
        """Forget everything but the documents of the kinds named in `keep`."""
        marks = ", ".join("?" * len(keep))
        with self.transaction():
            self.query(f"DELETE FROM objects WHERE kind NOT IN ({marks})", keep)  # noqa: S608
            self.query("DELETE FROM deliveries")
            self.query("DELETE FROM attempts")
