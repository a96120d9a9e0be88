"""Keys begin with the connection, so that a distributed engine can keep its rows together.

Such an engine places a row by one column, and can hold a key unique only if that column is in it.
What is exempt says why; docs/scaling.md tells what follows.
"""

from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import Column, Index, Table, UniqueConstraint

from connector.store.tables import metadata

BY_SECRET = "looked up by a hash of what its bearer shows, before anybody knows whose it is"
WHOLE = {  # tables that are not placed by connection, but kept whole
    "connections": "is the connection: its key is placed by, under the name id",
    "clients": "belongs to the installation, as does every platform app",
    "pending_steps": BY_SECRET,
    "authorization_codes": BY_SECRET,
    "sessions": BY_SECRET,
    "tokens": BY_SECRET,
    "token_families": "is revoked and rotated together with its tokens, in one transaction",
    "rates": "counts callers, who need not belong to a connection",
    "refusals": "counts what nobody signed: who sent it is unknown",
    "sites": "finds the connection of an account by what Stora lists, before it is known",
    "audit": "notes changes of the installation, too, which have no connection",
}
UNIQUE_ALONE = {  # keys of placed tables that are unique without the connection
    ("webhook_endpoints", ("id",)): "the address that Stora delivers to names the endpoint only",
}
PLACED = [table for table in metadata.sorted_tables if table.name not in WHOLE]


def unique_keys(table: Table) -> list[tuple[str, ...]]:
    """Return the columns of each key of a table that has to be unique."""
    found: list[Iterable[Column[object]]] = [table.primary_key.columns]
    found += [each.columns for each in table.constraints if isinstance(each, UniqueConstraint)]
    found += [each.columns for each in table.indexes if isinstance(each, Index) and each.unique]
    return [tuple(column.name for column in columns) for columns in found]


@pytest.mark.parametrize("table", PLACED, ids=lambda table: table.name)
def test_every_unique_key_begins_with_the_connection(table: Table) -> None:
    """But for those exempt."""
    for key in unique_keys(table):
        exempt = (table.name, key) in UNIQUE_ALONE
        assert exempt != (key[0] == "connection_id"), key


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_references_stay_where_they_lead(table: Table) -> None:
    """From a placed table to its connection only, or between tables that are kept whole."""
    for reference in table.foreign_keys:
        if table.name in WHOLE:
            assert reference.column.table.name in WHOLE
        else:
            assert (reference.parent.name, reference.target_fullname) == (
                "connection_id",
                "connections.id",
            )


def test_exemptions_are_of_today() -> None:
    """Each names a table and a key that there are; a table with the right key is not exempt."""
    assert set(WHOLE) <= set(metadata.tables)
    for name in WHOLE:
        assert metadata.tables[name].primary_key.columns[0].name != "connection_id"
    for name, key in UNIQUE_ALONE:
        assert key in unique_keys(metadata.tables[name])


def test_the_exemptions_are_told() -> None:
    """In the page that says what a distributed engine would have to do."""
    page = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text()
    for name in (*WHOLE, *(table.name for table in PLACED)):
        assert f"`{name}`" in page, name
