"""Tallies: how many events a day there were and how fast they went, counted beside the log.

A chart that read a log of a million rows would be slow, and counting while an event is on its way
would slow the event. So a dispatcher counts, every few seconds, the deliveries that are a minute
old. The counts and the mark up to which is counted (`connections.tallied_to`) change in one
transaction: each delivery is counted once, however many dispatchers there are.

| what | name |
|---|---|
| type | the event type |
| endpoint | the webhook endpoint |
| status | what had become of the delivery within a minute |
| pace | the least of PACES_MS in which it was delivered; LATE if it took more than a minute |

Test events are not counted: nothing has happened.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from connector import world
from connector.flows.deliveries import id_at
from connector.flows.parts import Parts
from connector.flows.samples import TEST
from connector.store.tables import connections, deliveries, tallies

DAY_MS = 86_400_000
LAG_MS = 75_000  # a minute, and longer than a commit takes
PACES_MS = (50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000, 20_000, 60_000)
LATE = "late"
BATCH = 5000
MAX_BATCHES = 40  # of one connection in one go

Key = tuple[str, int, str]  # what, day, name


def tally(parts: Parts) -> int:
    """Count what is old enough, of all connections; return how many deliveries were counted."""
    with parts.store.read() as c:
        ids = list(c.execute(select(connections.c.id)).scalars())
    return sum(_of_connection(parts, each) for each in ids)


def _of_connection(parts: Parts, connection_id: str) -> int:
    counted = 0
    for _ in range(MAX_BATCHES):
        rows, mark = _next(parts, connection_id)
        if not rows or not _add(parts, connection_id, mark, rows[-1].id, counts_of(rows)):
            break
        counted += len(rows)
        if len(rows) < BATCH:
            break
    return counted


def _next(parts: Parts, connection_id: str) -> tuple[Sequence[Any], str]:
    """Return deliveries that are old enough and not counted yet, and the mark before them."""
    table = deliveries.c
    with parts.store.read() as c:
        mark = c.execute(
            select(connections.c.tallied_to).where(connections.c.id == connection_id)
        ).scalar_one()
        rows = c.execute(
            select(
                table.id,
                table.event_id,
                table.event_type,
                table.endpoint_id,
                table.status,
                table.created_at,
                table.finished_at,
            )
            .where(
                table.connection_id == connection_id,
                table.id > mark,
                table.id < id_at(world.now_ms() - LAG_MS),
            )
            .order_by(table.id)
            .limit(BATCH)
        ).all()
    return rows, str(mark)


def counts_of(rows: Iterable[Any]) -> Mapping[Key, int]:
    """Return how many deliveries have what in common."""
    found: Counter[Key] = Counter()
    for row in rows:
        if row.event_id.startswith(f"{TEST}_"):
            continue
        day = row.created_at // DAY_MS
        found["type", day, row.event_type] += 1
        found["endpoint", day, row.endpoint_id] += 1
        found["status", day, row.status] += 1
        if row.status != "skipped":
            found["pace", day, pace_of(row.status, row.created_at, row.finished_at)] += 1
    return found


def pace_of(status: str, created_at: int, finished_at: int | None) -> str:
    """Return the pace under which a delivery is counted."""
    if status != "delivered" or finished_at is None:
        return LATE
    took = finished_at - created_at
    return str(next((pace for pace in PACES_MS if took <= pace), LATE))


def _add(parts: Parts, connection_id: str, mark: str, upto: str, counts: Mapping[Key, int]) -> bool:
    """Add `counts` and move the mark; False, and nothing done, if somebody else moved it first."""
    dialect = sqlite if parts.store.is_sqlite else postgresql
    with parts.store.begin() as c:
        moved = c.execute(
            update(connections)
            .where(connections.c.id == connection_id, connections.c.tallied_to == mark)
            .values(tallied_to=upto)
        )
        if moved.rowcount and counts:
            given = dialect.insert(tallies)
            c.execute(
                given.on_conflict_do_update(
                    index_elements=[*tallies.primary_key.columns],
                    set_={"count": tallies.c.count + given.excluded["count"]},
                ),
                [
                    {
                        "connection_id": connection_id,
                        "what": what,
                        "day": day,
                        "name": name,
                        "count": count,
                    }
                    for (what, day, name), count in counts.items()
                ],
            )
        return bool(moved.rowcount)
