"""A database in trouble: locked, full, or read-only, for as long as a test wants."""

import contextlib
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import event, text

from connector.flows.parts import Parts
from connector.store import db


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a lock for a tenth of a second only."""
    monkeypatch.setattr(db, "BUSY_TIMEOUT_MS", 100)


@contextlib.contextmanager
def locked(parts: Parts) -> Iterator[str]:
    """Somebody else holds the database."""
    with parts.store.begin() as other:
        if not parts.store.is_sqlite:
            other.execute(text("LOCK TABLE events, refusals IN ACCESS EXCLUSIVE MODE"))
        yield "locked"


@contextlib.contextmanager
def full(parts: Parts) -> Iterator[str]:
    """There is no room for another page."""
    (pages,) = parts.store.query("PRAGMA page_count", {})[0]

    def limit(most: int) -> None:
        parts.store.write(lambda cursor: cursor.execute(f"PRAGMA max_page_count={most}"))

    limit(pages)
    yield "its disk is full"
    limit(1_000_000)


@contextlib.contextmanager
def read_only(parts: Parts) -> Iterator[str]:
    """It takes no writes, as a standby or a file on a read-only disk."""
    store, on = parts.store, [True]
    if store.is_sqlite:
        event.listen(
            store.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA query_only={on[0]:d}")
        )
        store.write(lambda cursor: cursor.execute("PRAGMA query_only=1"))
    else:
        switch(store.url, "on")
    yield "it is read-only"
    on[0] = False
    if store.is_sqlite:
        with contextlib.suppress(Exception):
            store.write(lambda _: None)  # the writer connects anew
    else:
        switch(store.url, "off")
    store.engine.dispose()


def switch(url: str, read_only: str) -> None:
    """Let all new connections of a PostgreSQL database be read-only, or not."""
    options = "-c default_transaction_read_only=off"
    with psycopg.connect(url, autocommit=True, options=options) as other:
        (name,) = other.execute("SELECT current_database()").fetchone() or ("",)
        other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {read_only}")
