"""The databases that tests share: nobody can tell that another was there before."""

from collections.abc import Iterator

import psycopg
import pytest
from databases import Databases, address


@pytest.fixture
def own(postgres: str, migrated_postgres: str) -> Databases:
    """A collection for this test alone."""
    return Databases(postgres, migrated_postgres)


@pytest.fixture
def taken(own: Databases, postgres: str) -> Iterator[psycopg.Connection]:
    """A connection to one that was taken."""
    with psycopg.connect(address(postgres, own.take()), autocommit=True) as connection:
        yield connection


def test_rows_are_gone_and_strangers_too(
    own: Databases, taken: psycopg.Connection, postgres: str
) -> None:
    """The same database is given out again, empty, and who was connected before is not."""
    name = taken.info.dbname
    taken.execute("INSERT INTO rates (key_hash, count, ends_at) VALUES ('a', 1, 1)")
    own.give_back(name)
    assert own.take() == name
    with psycopg.connect(address(postgres, name)) as again:
        assert again.execute("SELECT count(*) FROM rates").fetchone() == (0,)
        assert again.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        taken.execute("SELECT 1")


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE rates ADD COLUMN more text",
        "DROP INDEX ix_deliveries_due",
        "CREATE TABLE another (id int)",
        "UPDATE alembic_version SET version_num = 'x'",
        "INSERT INTO rates VALUES ('a', 1, 1); ANALYZE rates",
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        "GRANT SELECT ON rates TO PUBLIC",
    ],
)
def test_one_that_is_not_as_it_was_is_dropped(
    own: Databases, taken: psycopg.Connection, postgres: str, change: str
) -> None:
    """A changed table, index, setting or statistic would be seen by the next test."""
    name = taken.info.dbname
    taken.execute(change.format(name).encode())
    own.give_back(name)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(address(postgres, name))
    assert own.take() != name
