"""Reseal: every secret at rest comes under the first key, so that older keys can be taken away.

Which columns hold secrets follows from their name (`_sealed`, see store/tables). Each is walked
in the order of its table's key, a batch in one transaction. Whoever is interrupted begins again:
what is under the first key already stays as it is. A secret that changes meanwhile is left alone,
since it was sealed with the first key just then.
"""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Column, Table, and_, select, tuple_, update

from connector.flows.parts import Parts
from connector.store.tables import metadata

BATCH = 200
SUFFIX = "_sealed"


@dataclass(frozen=True)
class Count:
    """How many secrets a column holds, and how many of them were sealed anew."""

    column: str
    seen: int
    changed: int

    def document(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def sealed_columns() -> list[Column[Any]]:
    """Return every column that holds sealed secrets."""
    return [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(SUFFIX)
    ]


def reseal(parts: Parts) -> list[Count]:
    """Seal all secrets under the first key; raises SettingsError if one opens with no key."""
    return [reseal_column(parts, column) for column in sealed_columns()]


def reseal_column(parts: Parts, column: Column[Any]) -> Count:
    """Seal one column's secrets under the first key."""
    seen = changed = 0
    last: tuple[Any, ...] | None = None
    while rows := next_batch(parts, column, last):
        seen += len(rows)
        changed += reseal_rows(parts, column, rows)
        last = tuple(rows[-1])[:-1]
    return Count(f"{column.table.name}.{column.name}", seen, changed)


def next_batch(parts: Parts, column: Column[Any], last: tuple[Any, ...] | None) -> list[Any]:
    """Return the next rows after the key `last`: the key's columns, then the sealed secret."""
    key = key_of(column)
    wanted = select(*key, column).where(column.is_not(None)).order_by(*key).limit(BATCH)
    if last is not None:
        wanted = wanted.where(tuple_(*key) > tuple_(*last))
    with parts.store.read() as connection:
        return list(connection.execute(wanted))


def reseal_rows(parts: Parts, column: Column[Any], rows: list[Any]) -> int:
    """Write what has to be sealed anew; return how many."""
    fresh = [(row, parts.vault.reseal(row[-1])) for row in rows]
    return rewrite(parts, column, [(row, sealed) for row, sealed in fresh if sealed != row[-1]])


def rewrite(parts: Parts, column: Column[Any], fresh: list[tuple[Any, str]]) -> int:
    """Write a sealed text over that of each row, unless it has changed since; return how many."""
    changed = 0
    with parts.store.begin() as connection:
        for row, sealed in fresh:
            same_key = (part == value for part, value in zip(key_of(column), row, strict=False))
            table: Table = column.table
            changed += connection.execute(
                update(table)
                .where(and_(*same_key), column == row[-1])
                .values({column.name: sealed})
            ).rowcount
    return changed


def key_of(column: Column[Any]) -> list[Column[Any]]:
    """Return the primary key of the column's table."""
    table: Table = column.table
    return list(table.primary_key.columns)
