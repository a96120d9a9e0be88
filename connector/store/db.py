"""One store, two databases: SQLite embedded, PostgreSQL at scale.

`read` and `begin` give SQLAlchemy Core connections for everyday work.
`write` is for the hot path: a job gets a bare database cursor.
On SQLite one writer thread takes all jobs that wait (up to 500, no timer) into one transaction;
measured, that makes the 99th percentile ten times shorter than a transaction each, and one sync
of the disk serves them all. On PostgreSQL each job has a transaction of its own from the pool;
`write_soon` runs it on one of a few threads, and what waits for one may gather meanwhile.

Either way a job's result is handed out only after its commit is durable: SQLite runs in WAL mode
with `synchronous=FULL`, PostgreSQL with `synchronous_commit=on`.
"""

import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cached_property
from types import ModuleType
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as SQLAlchemyTimeout

from connector import world
from connector.errors import Unavailable
from connector.settings import Settings
from connector.store.postgres import MAX_OVERFLOW, POOL_SIZE, confirm, is_lost, postgres_engine
from connector.store.writer import Writer

T = TypeVar("T")
BUSY_TIMEOUT_MS = 5000
READER_TIMEOUT_MS = 200
LANES = 4  # threads that wait for PostgreSQL while events gather
UNAVAILABLE = {
    *("OperationalError", "InterfaceError", "ReadOnlySqlTransaction", "UndefinedTable"),
    "IdleInTransactionSessionTimeout",
}
MOVED = "its tables are not there (was it moved? then start with the new address)"
WHY_UNAVAILABLE = (
    ("disk is full", "its disk is full"),
    ("no space left", "its disk is full"),
    ("disk i/o error", "its disk fails or is full"),
    ("readonly", "it is read-only"),
    ("read-only", "it is read-only"),
    ("locked", "another program holds it locked"),
    ("no such table", MOVED),
    ("does not exist", MOVED),
    ("connection", "it cannot be reached"),
)


def sqlite_driver() -> ModuleType:
    """Return the SQLite module: pysqlite3 (3.51.3 or newer inside) or else Python's own."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:  # no wheel for this machine; `doctor` says what follows
        return sqlite3
    return cast(ModuleType, dbapi2)


class Store:
    """The database of one installation."""

    def __init__(self, settings: Settings) -> None:
        self.url = settings.database_url
        self.is_sqlite = settings.is_sqlite
        self.engine = (sqlite_engine if self.is_sqlite else postgres_engine)(self.url)
        self._reader = self.engine.execution_options(
            **({} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"})
        )
        self._local = threading.local()
        self._readers: list[Any] = []
        self._writing = self.engine.execution_options(unitwire_write=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading. On SQLite all its reads see one moment."""
        with self._reader.connect() as connection:
            yield connection

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give a connection inside a write transaction, committed at the end.

        Never call another system inside it: the transaction would last as long as that does.
        """
        with self._writing.begin() as connection:
            yield connection
            info = connection.info
        confirm(info)

    def write(self, job: Callable[[Any], T]) -> T:
        """Run `job(cursor)` in a durable transaction and return its result after the commit.

        A job may run twice (when its neighbour in the group failed), so it must have no effect
        but through the cursor. Raises what the database raises, and Unavailable when its replica
        does not have it: then it is not promised.
        """
        if self.is_sqlite:
            return self._writer.submit(job).result()
        with self._bare() as raw, raw.pipeline(), raw.transaction(), raw.cursor() as cursor:
            return job(cursor)

    def write_soon(self, job: Callable[[Any], T]) -> Future[T]:
        """Do the same without waiting: the future ends after the commit."""
        if self.is_sqlite:
            return self._writer.submit(job)
        return self._lanes.submit(self.write, job)

    def ask_soon(self, question: Callable[[], T]) -> Future[T]:
        """Ask this store something without waiting: the future ends with the answer."""
        return self._asker.submit(question)

    def query(self, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Return all rows of a reading statement made by `sql`, on a bare cursor."""
        if self.is_sqlite:
            reader = getattr(self._local, "connection", None)
            if reader is None:
                reader = self._local.connection = self.bare_connection()
                # With write-ahead logging a reader waits for nobody, but while a file recovers.
                reader.execute(f"PRAGMA busy_timeout={READER_TIMEOUT_MS}")
                self._readers.append(reader)
            rows: list[tuple[Any, ...]] = reader.execute(statement, values).fetchall()
            return rows
        with self._bare() as raw:
            return cast(list[tuple[Any, ...]], raw.execute(statement, values).fetchall())

    @contextmanager
    def _bare(self) -> Iterator[Any]:
        """Give PostgreSQL's driver connection out of the pool, which does not keep a lost one."""
        with self._reader.connect() as connection:
            raw = connection.connection.dbapi_connection
            try:
                yield raw
            except Exception as problem:
                if is_lost(raw, problem):
                    connection.invalidate(problem)
                raise
            confirm(connection.info)

    def sql(self, text: str) -> str:
        """Adapt a statement with `:name` or `?` parameters to the database's driver."""
        if self.is_sqlite:
            return text.replace("FOR UPDATE SKIP LOCKED", "")
        return re.sub(r":([a-z_0-9]+)", r"%(\1)s", text).replace("?", "%s")

    def close(self) -> None:
        """Finish waiting writes and close all connections."""
        if writer := self.__dict__.pop("_writer", None):
            writer.close()
        pools = [self.__dict__.pop(name, None) for name in ("_lanes", "_asker")]
        for pool in filter(None, pools):
            pool.shutdown(wait=False, cancel_futures=True)  # whoever waits for the rest has gone
        for pool in filter(None, pools):
            pool.shutdown()
        for reader in self._readers:
            reader.close()
        self._readers.clear()
        self._local = threading.local()
        self.engine.dispose()

    @cached_property
    def _writer(self) -> Writer:
        return Writer(self.bare_connection, BUSY_TIMEOUT_MS / 1000)

    @cached_property
    def _lanes(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(LANES, thread_name_prefix="lane")

    @cached_property
    def _asker(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="ask")

    def bare_connection(self) -> Any:
        """Return a driver connection of its own, outside the pool; the caller closes it."""
        pooled = self.engine.raw_connection()
        bare = pooled.driver_connection
        pooled.detach()
        return bare


def sqlite_engine(url: str) -> Engine:
    """Return an engine whose every connection is durable and whose writes begin IMMEDIATE.

    A write that begins as a read may fail with BUSY_SNAPSHOT at once, whatever the timeout;
    beginning with the write lock waits instead.
    """
    engine = create_engine(
        url,
        module=sqlite_driver(),
        pool_size=POOL_SIZE,
        max_overflow=MAX_OVERFLOW,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(engine, "do_connect")
    def keep_private(_dialect: object, _record: object, arguments: list[str], _: object) -> None:
        """Make the file, if need be, for its owner only; SQLite gives those beside it its mode."""
        with suppress(OSError):  # it is there already, or SQLite will say what is wrong
            os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL, 0o600))

    @event.listens_for(engine, "connect")
    def prepare(raw: sqlite3.Connection, _record: object) -> None:
        raw.isolation_level = None  # BEGIN is ours, see below
        raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        go_to_wal(raw)
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-16384",
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("unitwire_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def go_to_wal(raw: sqlite3.Connection) -> None:
    """Switch the file to write-ahead logging.

    Several processes may make the file at once; for this switch alone SQLite does not wait for the
    lock, whatever the timeout, so it is waited for here.
    """
    until = world.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL")
        except sqlite_driver().OperationalError:
            if world.monotonic() > until:
                raise
            world.sleep(0.01)
        else:
            return


def is_unavailable(error: Exception) -> bool:
    """Whether `error` is the database being away, locked, full, read-only, moved or unconfirmed.

    Not a wrong statement. The drivers have a class of their own for many of these, below the one
    that is common to all (PEP 249); PostgreSQL's read-only standby is below another.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    kinds = {kind.__name__ for kind in type(cause).__mro__}
    return bool(kinds & UNAVAILABLE) or isinstance(error, (SQLAlchemyTimeout, Unavailable))


def why_unavailable(error: Exception) -> str:
    """Return in a few words, for the operator, why the database takes no writes; "" if unclear."""
    told = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    return next((why for sign, why in WHY_UNAVAILABLE if sign in told), "")
