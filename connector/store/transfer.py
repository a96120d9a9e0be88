"""All rows of one database into another, whichever of the two kinds each is.

Both have the same tables, so a row is copied as it is. The target must be empty, everything goes
into one transaction, and the counts are compared before that is committed. What has become of the
original since is a matter of catch_up.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.errors import DeadlockDetected
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import OperationalError

from connector.errors import Conflict
from connector.store.db import Store
from connector.store.tables import deliveries, events, metadata

BATCH = 500
LOCK_TRIES = 10
RETIRED = "moved_"  # in front of the names of tables that must not be written to any more


def counts(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }


def copy(source: Connection, target: Connection) -> dict[str, int]:
    """Copy all rows into an empty database; return how many each table has.

    Raises Conflict if the target is not empty, or does not hold the same afterwards.
    """
    if any(counts(target).values()):
        raise Conflict("The target is not empty. Name a new database.")
    for table in metadata.sorted_tables:
        rows = source.execute(select(table), execution_options={"yield_per": BATCH}).mappings()
        for batch in rows.partitions():
            target.execute(insert(table), [dict(row) for row in batch])
    return same(source, target)


def same(source: Connection, target: Connection) -> dict[str, int]:
    """Return how many rows each table has; raises Conflict if the two do not have the same."""
    copied = counts(target)
    if copied != counts(source):
        raise Conflict("The copy does not hold what the original holds. Nothing was changed.")
    return copied


@contextmanager
def snapshot(store: Store) -> Iterator[Connection]:
    """Give a connection that sees one moment of the database; nobody has to wait for it."""
    engine = store.engine
    if not store.is_sqlite:
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.begin() as connection:
        be_patient(connection)
        yield connection


@contextmanager
def held(store: Store) -> Iterator[Connection]:
    """Give a connection beside which nobody writes, until the end of its transaction."""
    with store.begin() as connection:
        be_patient(connection)
        if not store.is_sqlite:
            _lock_all(connection)
        yield connection


def _lock_all(connection: Connection) -> None:
    """Lock every table. A writer that came to one of them first may wait for another that is held
    here already: PostgreSQL then ends one of the two, and this side lets go and tries again.
    """
    names = ", ".join(table.name for table in metadata.sorted_tables)
    for left in reversed(range(LOCK_TRIES)):
        try:
            with connection.begin_nested():
                connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
            return
        except OperationalError as error:
            if left == 0 or not isinstance(error.orig, DeadlockDetected):
                raise


def be_patient(connection: Connection) -> None:
    """Let this transaction wait as long as it takes for what is done in another database."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def retire(connection: Connection) -> None:
    """Let nothing be taken in here any more: whoever still tries is answered 503.

    A process that does not know yet that the database has moved must not acknowledge an event that
    nobody would deliver.
    """
    for table in (events, deliveries):
        connection.execute(text(f"ALTER TABLE {table.name} RENAME TO {RETIRED}{table.name}"))
