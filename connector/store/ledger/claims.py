"""A dispatcher takes what is due under a lease, holds it, gives it up untried."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from connector.store.db import Store
from connector.store.ledger.outcomes import Outcomes, Result

Held = tuple[str, str, str]  # connection id, delivery id, lease

CLAIM = 100  # rows claimed in one go at most


class Due(NamedTuple):
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


# The claim moves `due` to the end of the lease, so a lost lease comes back by itself. The second
# statement finds the claimed rows by that very moment, through the same index. How many stands in
# the text, here and below: SQLite plans a statement anew whenever a bound LIMIT is given.
CLAIM_DUE = """
    WITH chosen AS MATERIALIZED (
      SELECT connection_id, id FROM deliveries
      WHERE status = 'pending' AND due <= :now {whose}
      ORDER BY due LIMIT {{count}} FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries SET lease = :lease, due = :until, attempts = attempts + 1
    WHERE (connection_id, id) IN (SELECT connection_id, id FROM chosen)
"""

# Endpoints with something due, after a given one, but none of the connections in `full` (ids in one
# text): one step through the index for each, however many rows those have that are passed over.
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
    AND NOT EXISTS (
      SELECT 1 FROM webhook_endpoints w
      WHERE w.id = waiting.id AND CAST(:full AS TEXT) <> ''
        AND replace(CAST(:full AS TEXT), w.connection_id, '') <> CAST(:full AS TEXT))
    LIMIT {count}
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

# What was planned for then, or somebody asked for since.
PROBES = """
    SELECT id, probe_at FROM webhook_endpoints
    WHERE failing_since IS NOT NULL AND probe_at <= :now
"""


class Claims:
    """What a dispatcher holds, on one store."""

    def __init__(self, store: Store, outcomes: Outcomes) -> None:
        self._store = store
        self._outcomes = outcomes
        self._claim = store.sql(CLAIM_DUE.format(whose=""))
        self._claim_from = store.sql(CLAIM_DUE.format(whose="AND endpoint_id = :endpoint_id"))
        self._load_claimed = store.sql(LOAD_CLAIMED)
        self._waiting = store.sql(WAITING)
        self._last = ""
        self._backlog = False
        self._renew = store.sql(RENEW)
        self._release = store.sql(RELEASE)
        self._probes = store.sql(PROBES)

    def claim(
        self,
        *,
        lease: str,
        now: int,
        until: int,
        count: int,
        busy: Collection[str],
        full: Collection[str] = (),
        landed: Sequence[Result] = (),
    ) -> list[Due]:
        """Take up to `count` deliveries that are due, under `lease`, until `until` (ms).

        What came of others, `landed`, is written before, in the same transaction.
        Each claim has a lease of its own. The longest due come first. Where endpoints in `busy`, or
        all of the connections in `full`, are passed over, the others have their turn one after the
        other; and so every second time while more is due than was claimed, so that nobody's backlog
        is in another's way.
        """
        count = min(count, CLAIM)
        values = {"now": now, "lease": lease, "until": until}
        in_turns = bool(busy or full or self._backlog)
        if in_turns:
            waiting = self._waiting_after(now, count, set(busy), " ".join(full))
            claims = [{**values, "endpoint_id": each} for each in waiting]
            statement = self._claim_from.format(count=count // max(len(waiting), 1))
        else:
            claims = [values]
            statement = self._claim.format(count=count)

        def job(cursor: Any) -> list[tuple[Any, ...]]:
            self._outcomes.write(cursor, landed)
            if not claims:
                return []
            cursor.executemany(statement, claims)
            cursor.execute(self._load_claimed, {"until": until, "lease": lease})
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

        found = [Due._make(row) for row in self._store.write(job)] if claims or landed else []
        self._backlog = not in_turns and len(found) == count
        return found

    def _waiting_after(self, now: int, count: int, busy: set[str], full: str) -> list[str]:
        """Return endpoints whose turn it is, the next ones after those of the last time."""
        found: list[str] = []
        for after in dict.fromkeys((self._last, "")):
            values = {"after": after, "now": now, "full": full}
            rows = self._store.query(self._waiting.format(count=count + len(busy)), values)
            found += [each for (each,) in rows if each not in busy and each not in found]
        found = found[:count]
        self._last = found[-1] if found else ""
        return found

    def probes(self, now: int) -> list[tuple[Any, ...]]:
        """Return the id of each endpoint for which it is time for a probe, and since when (ms)."""
        return self._store.query(self._probes, {"now": now})

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
