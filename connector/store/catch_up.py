"""A copy that was made while everybody worked is brought to what has become of the original.

What differs is found by an outline of each row, everything in it but bodies and answers, of which
the length is enough: they are never changed but to be forgotten. So a catch-up reads no bodies but
those of the rows that it copies. Of each row a hash of 64 bits is kept in memory meanwhile.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Table,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from connector.store.tables import metadata
from connector.store.transfer import BATCH, same

Key = tuple[Any, ...]

OUTLINES = 5_000  # read in one go


@dataclass
class Difference:
    """The keys of a table's rows that are gone, changed or new in the original."""

    gone: list[Key] = field(default_factory=list)
    changed: list[Key] = field(default_factory=list)
    new: list[Key] = field(default_factory=list)


def catch_up(source: Connection, target: Connection) -> dict[str, int]:
    """Let `target`, an earlier copy, hold what `source` holds now; return how many rows each has.

    Nobody may write to either meanwhile. Raises Conflict if they do not hold the same afterwards.
    """
    tables = metadata.sorted_tables  # what is referred to comes first
    found = {table: difference(table, source, target) for table in tables}
    for table in reversed(tables):
        for keys in batches(found[table].gone):
            target.execute(delete(table).where(key_of(table).in_(keys)))
    for table in tables:
        for keys in batches(found[table].changed):
            for row in source.execute(select(table).where(key_of(table).in_(keys))).mappings():
                itself = (column == row[column] for column in table.primary_key)
                target.execute(update(table).where(*itself).values(dict(row)))
        for keys in batches(found[table].new):
            rows = source.execute(select(table).where(key_of(table).in_(keys))).mappings()
            target.execute(insert(table), [dict(row) for row in rows])
    return same(source, target)


def difference(table: Table, source: Connection, target: Connection) -> Difference:
    """Return what has become of a table since `target` was copied from `source`."""
    found = Difference()
    before = {hash(key): hash(row) for key, row in outlines(table, target)}
    for key, row in outlines(table, source):
        was = before.pop(hash(key), None)
        if was is None:
            found.new.append(key)
        elif was != hash(row):
            found.changed.append(key)
    if before:
        found.gone = [key for key, _ in outlines(table, target) if hash(key) in before]
    return found


def outlines(table: Table, connection: Connection) -> Iterator[tuple[Key, Key]]:
    """Yield the key and the outline of each row."""
    columns = [func.length(c) if isinstance(c.type, LargeBinary) else c for c in table.c]
    places = [number for number, column in enumerate(table.c) if column.primary_key]
    rows = connection.execute(select(*columns), execution_options={"yield_per": OUTLINES})
    for row in rows:
        yield tuple(row[place] for place in places), tuple(row)


def key_of(table: Table) -> ColumnElement[Any]:
    """Return a table's primary key as one value."""
    return tuple_(*table.primary_key)


def batches(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """Yield the keys, some at a time."""
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]
