"""The hot statements: find a hook, record an event, claim what is due, save what came of it.

They are plain SQL, the same text for both databases (`Store.sql` adapts what differs), and run on
a bare cursor: no object is mapped and no statement is built while an event is on its way.
Each function is one round trip, on PostgreSQL too, where the statements go out in a pipeline.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from connector.store.db import Store

Held = tuple[str, str, str]  # connection id, delivery id, lease

CLAIM = 100  # rows claimed in one go at most


@dataclass(frozen=True, slots=True)
class Hook:
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


@dataclass(frozen=True, slots=True)
class Received:
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


@dataclass(frozen=True, slots=True)
class Due:
    """One claimed delivery with all that sending it needs; `attempt` counts from 1."""

    connection_id: str
    delivery_id: str
    endpoint_id: str
    event_id: str
    event_type: str
    attempt: int
    give_up_at: int
    body: bytes
    url: str
    endpoint_status: str
    deleted_at: int | None
    secret_sealed: str
    previous_secret_sealed: str | None
    previous_secret_until: int | None
    not_found_since: int | None
    paused_at: int | None = None
    failing_since: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What one attempt came to: its row in the log, and the delivery's new state (times in ms).

    `attempt` 0 means that nothing was sent. `lease` must still be the delivery's: a dispatcher
    that was frozen while another took over changes nothing (fencing).
    """

    connection_id: str
    delivery_id: str
    lease: str
    attempt: int
    started_at: int
    duration_ms: int
    answer_status: int | None
    error: str
    answer_head: bytes
    answer: bytes
    status: str
    reason: str | None
    due: int | None
    finished_at: int | None


FIND_HOOK = """
    SELECT w.connection_id, w.id, w.status, w.event_types, w.paused_at, w.filter, u.secret_sealed
    FROM webhook_endpoints w
    LEFT JOIN upstream_endpoints u ON u.endpoint_id = w.id AND u.secret_sealed IS NOT NULL
    WHERE w.id = :id AND w.deleted_at IS NULL
"""

INSERT_EVENT = """
    INSERT INTO events
      (connection_id, endpoint_id, id, type, occurred_at, received_at, body, delivery_id)
    VALUES
      (:connection_id, :endpoint_id, :event_id, :event_type, :occurred_at, :now, :body,
       :delivery_id)
    ON CONFLICT DO NOTHING
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

COUNT_REPEAT = """
    UPDATE events SET repeats = repeats + 1
    WHERE connection_id = :connection_id AND endpoint_id = :endpoint_id AND id = :event_id
      AND delivery_id <> :delivery_id
"""

# The claim moves `due` to the end of the lease, so a lost lease comes back by itself. The second
# statement finds the claimed rows by that very moment, through the same index.
CLAIM_DUE = """
    WITH chosen AS MATERIALIZED (
      SELECT connection_id, id FROM deliveries
      WHERE status = 'pending' AND due <= :now {whose}
      ORDER BY due LIMIT :count FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries SET lease = :lease, due = :until, attempts = attempts + 1
    WHERE (connection_id, id) IN (SELECT connection_id, id FROM chosen)
"""

# Endpoints with something due, after a given one: one step through the index for each, however many
# rows those have that are passed over.
WAITING = """
    WITH RECURSIVE waiting(id) AS (
      SELECT min(endpoint_id) FROM deliveries WHERE status = 'pending' AND endpoint_id > :after
      UNION ALL
      SELECT (SELECT min(d.endpoint_id) FROM deliveries d
              WHERE d.status = 'pending' AND d.endpoint_id > waiting.id)
      FROM waiting WHERE waiting.id IS NOT NULL
    )
    SELECT id FROM waiting
    WHERE id IS NOT NULL AND EXISTS (
      SELECT 1 FROM deliveries d
      WHERE d.status = 'pending' AND d.endpoint_id = waiting.id AND d.due <= :now)
    LIMIT :count
"""

LOAD_CLAIMED = """
    SELECT d.connection_id, d.id, d.endpoint_id, d.event_id, d.event_type, d.attempts,
      d.give_up_at, e.body, w.url, w.status, w.deleted_at, w.secret_sealed,
      w.previous_secret_sealed, w.previous_secret_until, w.not_found_since, w.paused_at,
      w.failing_since
    FROM deliveries d
    JOIN events e ON e.connection_id = d.connection_id AND e.endpoint_id = d.endpoint_id
      AND e.id = d.event_id
    JOIN webhook_endpoints w ON w.connection_id = d.connection_id AND w.id = d.endpoint_id
    WHERE d.status = 'pending' AND d.due = :until AND d.lease = :lease
    ORDER BY d.id
"""

# A target that takes long keeps its lease; one whose dispatcher died gives it up within seconds.
RENEW = """
    UPDATE deliveries SET due = :until
    WHERE connection_id = :connection_id AND id = :delivery_id AND lease = :lease
      AND status = 'pending'
"""

# A delivery that was claimed and not tried after all: as if it had not been claimed.
RELEASE = """
    UPDATE deliveries SET due = :until, lease = NULL, attempts = attempts - 1
    WHERE connection_id = :connection_id AND id = :delivery_id AND lease = :lease
      AND status = 'pending'
"""

SAVE_STATE = """
    UPDATE deliveries SET status = :status, reason = :reason, due = :due, lease = NULL,
      last_status = :answer_status, finished_at = :finished_at
    WHERE connection_id = :connection_id AND id = :delivery_id AND lease = :lease
"""

SAVE_ATTEMPT = """
    INSERT INTO attempts
      (connection_id, delivery_id, number, started_at, duration_ms, status, error, answer_head,
       answer)
    VALUES
      (:connection_id, :delivery_id, :attempt, :started_at, :duration_ms, :answer_status, :error,
       :answer_head, :answer)
    ON CONFLICT DO NOTHING
"""


class Ledger:
    """The hot statements on one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._find_hook = store.sql(FIND_HOOK)
        self._insert_event = store.sql(INSERT_EVENT)
        self._insert_delivery = store.sql(INSERT_DELIVERY)
        self._count_repeat = store.sql(COUNT_REPEAT)
        self._claim = store.sql(CLAIM_DUE.format(whose=""))
        self._claim_from = store.sql(CLAIM_DUE.format(whose="AND endpoint_id = :endpoint_id"))
        self._waiting = store.sql(WAITING)
        self._last = ""
        self._load_claimed = store.sql(LOAD_CLAIMED)
        self._renew = store.sql(RENEW)
        self._release = store.sql(RELEASE)
        self._save_state = store.sql(SAVE_STATE)
        self._save_attempt = store.sql(SAVE_ATTEMPT)

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
        values = asdict(received)

        def job(cursor: Any) -> None:
            cursor.execute(self._insert_event, values)
            cursor.execute(self._insert_delivery, values)
            cursor.execute(self._count_repeat, values)

        self._store.write(job)

    def claim(
        self, *, lease: str, now: int, until: int, count: int, busy: Collection[str]
    ) -> list[Due]:
        """Take up to `count` deliveries that are due, under `lease`, until `until` (ms).

        Each claim has a lease of its own. Endpoints in `busy` are passed over, and then the others
        have their turn one after the other, so that a backlog of one is in nobody's way.
        """
        count = min(count, CLAIM)
        values = {"now": now, "lease": lease, "until": until}
        if busy:
            waiting = self._waiting_after(now, count, set(busy))
            share = count // max(len(waiting), 1)
            claims = [{**values, "count": share, "endpoint_id": each} for each in waiting]
            statement = self._claim_from
        else:
            claims = [{**values, "count": count}]
            statement = self._claim

        def job(cursor: Any) -> list[tuple[Any, ...]]:
            cursor.executemany(statement, claims)
            cursor.execute(self._load_claimed, {"until": until, "lease": lease})
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

        return [Due(*row) for row in self._store.write(job)] if claims else []

    def _waiting_after(self, now: int, count: int, busy: set[str]) -> list[str]:
        """Return endpoints whose turn it is, the next ones after those of the last time."""
        found: list[str] = []
        for after in dict.fromkeys((self._last, "")):
            values = {"after": after, "now": now, "count": count + len(busy)}
            rows = self._store.query(self._waiting, values)
            found += [each for (each,) in rows if each not in busy and each not in found]
        found = found[:count]
        self._last = found[-1] if found else ""
        return found

    def renew(self, held: Sequence[Held], until: int) -> None:
        """Hold each of `held` until `until` (ms)."""
        self._move(self._renew, held, until)

    def release(self, held: Sequence[Held], until: int | None) -> None:
        """Give up each of `held`, untried: due again at `until` (ms), or when let go (None)."""
        self._move(self._release, held, until)

    def _move(self, statement: str, held: Sequence[Held], until: int | None) -> None:
        values = [
            {"connection_id": held_by, "delivery_id": delivery_id, "lease": lease, "until": until}
            for held_by, delivery_id, lease in held
        ]
        self._store.write(lambda cursor: cursor.executemany(statement, values))

    def save(self, results: Sequence[Result]) -> None:
        """Write what came of claimed deliveries: attempts always, states only under the lease."""
        states = [asdict(result) for result in results]
        tries = [values for values in states if values["attempt"]]

        def job(cursor: Any) -> None:
            if states:
                cursor.executemany(self._save_state, states)
            if tries:
                cursor.executemany(self._save_attempt, tries)

        self._store.write(job)
