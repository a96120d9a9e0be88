"""An event comes in: find the hook that it knocks at, keep it and its delivery durably."""

from collections.abc import Callable
from concurrent.futures import Future
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
    """

    connection_id: str
    endpoint_id: str
    event_id: str
    event_type: str
    occurred_at: str | None
    body: bytes
    now: int
    delivery_id: str
    status: str
    reason: str | None
    due: int | None
    give_up_at: int
    finished_at: int | None


FIND_HOOK = """
    SELECT w.connection_id, w.id, w.status, w.event_types, w.paused_at, w.filter, u.secret_sealed
    FROM webhook_endpoints w
    LEFT JOIN upstream_endpoints u ON u.endpoint_id = w.id AND u.secret_sealed IS NOT NULL
    WHERE w.id = :id AND w.deleted_at IS NULL
"""

# A repeat is counted and changes nothing else.
INSERT_EVENT = """
    INSERT INTO events
      (connection_id, endpoint_id, id, type, occurred_at, received_at, body, delivery_id)
    VALUES
      (:connection_id, :endpoint_id, :event_id, :event_type, :occurred_at, :now, :body,
       :delivery_id)
    ON CONFLICT (connection_id, endpoint_id, id) DO UPDATE SET repeats = events.repeats + 1
"""

# Only the transaction whose event went in finds its own delivery_id there, so a repeat of an event
# makes no second delivery.
INSERT_DELIVERY = """
    INSERT INTO deliveries
      (connection_id, id, endpoint_id, event_id, event_type, status, reason, due, created_at,
       give_up_at, finished_at)
    SELECT connection_id, delivery_id, endpoint_id, id, type, CAST(:status AS TEXT),
      CAST(:reason AS TEXT), CAST(:due AS BIGINT), received_at, CAST(:give_up_at AS BIGINT),
      CAST(:finished_at AS BIGINT)
    FROM events
    WHERE connection_id = :connection_id AND endpoint_id = :endpoint_id AND id = :event_id
      AND delivery_id = :delivery_id
"""


class Inbound:
    """What receiving needs of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._find_hook = store.sql(FIND_HOOK)
        self._insert_event = store.sql(INSERT_EVENT)
        self._insert_delivery = store.sql(INSERT_DELIVERY)

    def find_hook(self, endpoint_id: str) -> Hook | None:
        """Return the hook of webhook endpoint `endpoint_id`, None when there is none."""
        rows = self._store.query(self._find_hook, {"id": endpoint_id})
        if not rows:
            return None
        connection_id, found_id, status, event_types, paused_at, wanted, _ = rows[0]
        secrets = tuple(row[-1] for row in rows if row[-1] is not None)
        paused = paused_at is not None
        return Hook(connection_id, found_id, status, event_types, paused, wanted, secrets)

    def record(self, received: Received) -> None:
        """Keep an event and its delivery durably; a repeat is counted and changes nothing else."""
        self._store.write(self._insert(received))

    def record_soon(self, received: Received) -> Future[None]:
        """Do the same without waiting, on SQLite only: the future ends after the commit."""
        return self._store.write_soon(self._insert(received))

    def _insert(self, received: Received) -> Callable[[Any], None]:
        values = received._asdict()

        def job(cursor: Any) -> None:
            cursor.execute(self._insert_event, values)
            cursor.execute(self._insert_delivery, values)

        return job
