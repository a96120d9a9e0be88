"""What the ceiling keeps: one durable SQLite file, and how events get into it."""

import contextlib
from collections.abc import Iterator
from typing import Any

from pysqlite3 import dbapi2 as sqlite3

ROWS = (32, 8, 1)  # in one INSERT

TABLES = """
    CREATE TABLE IF NOT EXISTS events (
      seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB, due REAL, attempts INTEGER DEFAULT 0,
      status TEXT DEFAULT 'pending');
    CREATE INDEX IF NOT EXISTS due ON events (due) WHERE status = 'pending';
    CREATE TABLE IF NOT EXISTS attempts (
      event INTEGER, number INTEGER, at REAL, status INTEGER, PRIMARY KEY (event, number));
"""
INSERT = "INSERT INTO events (id, body, due) VALUES {rows} ON CONFLICT DO NOTHING"


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


def insert(cursor: Any, rows: list[tuple[Any, ...]]) -> None:
    """Insert many rows in few statements, of few sizes so that each is parsed once."""
    done = 0
    for count in ROWS:
        while len(rows) - done >= count:
            values = [each for row in rows[done : done + count] for each in row]
            cursor.execute(INSERT.format(rows=", ".join(["(?, ?, ?)"] * count)), values)
            done += count
