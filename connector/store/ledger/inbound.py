"""An event comes in: find the hook that it knocks at, keep it and its delivery durably."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from connector.store.db import Store


class Hook(NamedTuple):
    """What is needed to judge a webhook of Stora: `secrets_sealed` are all that may sign it.

    `filter` is the JSON text of catalogue.filters, None where every event is wanted.
    """

    connection_id: str
    endpoint_id: str
    status: str
    event_types: str
    paused: bool
    filter: str | None
    secrets_sealed: tuple[str, ...]


class Received(NamedTuple):
    """One verified event and the state of the delivery that comes out of it (times in ms).

    `due` is None for a delivery that is not to be sent; `reason` then says why.
    The order is that of the statements' parameters: the event is `[:8]`, the delivery `[2:]`.
    """

    occurred_at: str | None
    body: bytes
    connection_id: str
    endpoint_id: str
    event_id: str
    event_type: str
    now: int
    delivery_id: str
    status: str
    reason: str | None
    due: int | None
    give_up_at: int
    finished_at: int | None


FIND_HOOKS = """
    SELECT w.connection_id, w.id, w.status, w.event_types, w.paused_at, w.filter, u.secret_sealed
    FROM webhook_endpoints w
    LEFT JOIN upstream_endpoints u ON u.endpoint_id = w.id AND u.secret_sealed IS NOT NULL
    WHERE w.id {wanted} AND w.deleted_at IS NULL
"""

# A repeat is counted and changes nothing else.
INSERT_EVENTS = """
    INSERT INTO events
      (occurred_at, body, connection_id, endpoint_id, id, type, received_at, delivery_id)
    VALUES {rows}
    ON CONFLICT (connection_id, endpoint_id, id) DO UPDATE SET repeats = events.repeats + 1
"""
EVENT_ROW = "(?, ?, ?, ?, ?, ?, ?, ?)"

# Only the row whose event went in finds its own delivery_id there, so a repeat of an event makes no
# second delivery.
INSERT_DELIVERIES = """
    WITH v (connection_id, endpoint_id, event_id, event_type, now, delivery_id, status, reason,
      due, give_up_at, finished_at) AS (VALUES {rows})
    INSERT INTO deliveries
      (connection_id, endpoint_id, event_id, event_type, created_at, id, status, reason, due,
       give_up_at, finished_at)
    SELECT * FROM v
    WHERE delivery_id = (
      SELECT e.delivery_id FROM events e
      WHERE e.connection_id = v.connection_id AND e.endpoint_id = v.endpoint_id
        AND e.id = v.event_id)
"""
DELIVERY_ROW = """(?, ?, ?, ?, CAST(? AS BIGINT), ?, ?, CAST(? AS TEXT), CAST(? AS BIGINT),
    CAST(? AS BIGINT), CAST(? AS BIGINT))"""

ROWS = (32, 8, 1)  # in one statement: few sizes, so that each is parsed once


class Inbound:
    """What receiving needs of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._find_hook = store.sql(FIND_HOOKS.format(wanted="= :id"))
        self._find_hooks = store.sql(FIND_HOOKS.format(wanted="= ANY(:ids)"))
        self._statements = tuple(
            (
                count,
                several(store, INSERT_EVENTS, EVENT_ROW, count),
                several(store, INSERT_DELIVERIES, DELIVERY_ROW, count),
            )
            for count in ROWS
        )

    def find_hook(self, endpoint_id: str) -> Hook | None:
        """Return the hook of webhook endpoint `endpoint_id`, None when there is none."""
        return hook_of(self._store.query(self._find_hook, {"id": endpoint_id}))

    def find_hooks(self, endpoint_ids: Sequence[str]) -> dict[str, Hook | None]:
        """Return what is found of several at once, on PostgreSQL only."""
        rows = self._store.query(self._find_hooks, {"ids": list(endpoint_ids)})
        return {each: hook_of([row for row in rows if row[1] == each]) for each in endpoint_ids}

    def record(self, received: Received) -> None:
        """Keep an event and its delivery durably; a repeat is counted and changes nothing else."""
        self._store.write(lambda cursor: self.insert(cursor, [received]))

    def insert(self, cursor: Any, received: Sequence[Received]) -> None:
        """Do the same for several, as a part of the cursor's transaction."""
        for rows in [received] if self._store.is_sqlite else apart(received):
            done = 0
            for count, insert_events, insert_deliveries in self._statements:
                while len(rows) - done >= count:
                    some = rows[done : done + count]
                    done += count
                    cursor.execute(insert_events, [each for one in some for each in one[:8]])
                    cursor.execute(insert_deliveries, [each for one in some for each in one[2:]])


def hook_of(rows: Sequence[tuple[Any, ...]]) -> Hook | None:
    """Return the hook that `rows` tell, one row for each secret."""
    if not rows:
        return None
    connection_id, found_id, status, event_types, paused_at, wanted, _ = rows[0]
    secrets = tuple(row[-1] for row in rows if row[-1] is not None)
    return Hook(
        connection_id, found_id, status, event_types, paused_at is not None, wanted, secrets
    )


def apart(received: Iterable[Received]) -> Iterator[list[Received]]:
    """Yield all, in lists that have each event once and in the order of their keys.

    PostgreSQL takes no row twice in one statement, and two that lock the same rows in different
    orders wait for each other. SQLite does both, and has one writer.
    """
    left = list(received)
    while left:
        first = {one[2:5]: one for one in reversed(left)}
        yield [first[key] for key in sorted(first)]
        left = [one for one in left if first[one[2:5]] is not one]


def several(store: Store, statement: str, row: str, count: int) -> str:
    """Return `statement` for so many rows."""
    return store.sql(statement.format(rows=", ".join([row] * count)))
