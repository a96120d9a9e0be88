"""Vitals: whether events can be taken in, and whether what is due is being sent.

The rows tell: a database that does not answer cannot keep an event, and a delivery that has been
due for long means that no dispatcher runs, or that it cannot keep up.
"""

from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import Gauge

from connector import world
from connector.flows.call import limits_of
from connector.flows.parts import Parts
from connector.stora import budget
from connector.stora.budget import MINUTE_MS
from connector.store.db import why_unavailable

log = structlog.get_logger()

LATE_S = 60  # due for longer than that means trouble: attempts begin within milliseconds

OLDEST_DUE = Gauge("unitwire_oldest_due_seconds", "How long the oldest due delivery has waited")
DATABASE_UP = Gauge("unitwire_database_up", "Whether the database takes writes")
BUDGET_LEFT = Gauge(
    "unitwire_budget_left",
    "Calls to Stora that a connection which called within the last minute has left",
    ["connection"],
)
TIMELINE_PENDING = Gauge("unitwire_timeline_pending", "Entries that wait to be in Stora's timeline")

# Endpoint by endpoint, since those that fail have a backlog that waits for them.
OLDEST = """
    WITH RECURSIVE waiting(id) AS (
      SELECT min(endpoint_id) FROM deliveries WHERE status = 'pending'
      UNION ALL
      SELECT (SELECT min(d.endpoint_id) FROM deliveries d
              WHERE d.status = 'pending' AND d.endpoint_id > waiting.id)
      FROM waiting WHERE waiting.id IS NOT NULL
    )
    SELECT min((SELECT min(d.due) FROM deliveries d
                WHERE d.status = 'pending' AND d.endpoint_id = waiting.id AND d.due <= :now))
    FROM waiting
    WHERE id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM webhook_endpoints w WHERE w.id = waiting.id AND w.failing_since IS NOT NULL)
"""

BUDGETS = "SELECT connection_id, state FROM budgets WHERE updated_at > :since"
PENDING = "SELECT count(*) FROM timeline_entries WHERE status = 'pending'"


@dataclass(frozen=True)
class Vitals:
    """`problems` are sentences for the operator, empty when all is well.

    `takes_in`: whether events can be kept, though nobody may be sending them on.
    """

    oldest_due_s: float
    problems: list[str]
    takes_in: bool = True


def measure(parts: Parts) -> Vitals:
    """Return the vitals, set the gauges, and keep the pulse for the pages; never raises."""
    found = _measured(parts)
    parts.pulse.problems, parts.pulse.at = found.problems, world.now_ms()
    return found


def _measured(parts: Parts) -> Vitals:
    now = world.now_ms()
    try:
        parts.store.write(can_write)
        oldest = parts.store.query(parts.store.sql(OLDEST), {"now": now})[0][0]
    except Exception as problem:
        log.warning("database_unavailable", problem=type(problem).__name__)
        DATABASE_UP.set(0)
        why = why_unavailable(problem)
        return Vitals(0, [f"The database does not take writes{why and f': {why}'}."], False)
    late_s = (now - oldest) / 1000 if oldest is not None else 0.0
    OLDEST_DUE.set(late_s)
    DATABASE_UP.set(1)
    measure_stora(parts, now)
    if late_s > LATE_S:
        return Vitals(
            late_s, [f"A delivery has been due for {round(late_s)} s: is a dispatcher running?"]
        )
    return Vitals(late_s, [])


def measure_stora(parts: Parts, now: int) -> None:
    """Set the gauges of what goes to Stora."""
    BUDGET_LEFT.clear()
    limits = limits_of(parts)
    if limits:
        since = {"since": now - MINUTE_MS}
        for connection_id, state in parts.store.query(parts.store.sql(BUDGETS), since):
            left = budget.left(state, now, limits).calls
            BUDGET_LEFT.labels(connection_id).set(left or 0)
    TIMELINE_PENDING.set(parts.store.query(parts.store.sql(PENDING), {})[0][0])


def can_write(cursor: Any) -> None:
    """Take the path that an event takes, without leaving anything behind.

    A row has to be written, or a full disk would not be noticed.
    """
    cursor.execute(
        "INSERT INTO refusals (endpoint_id, reason, count, last_at) VALUES ('', 'vitals', 0, 0)"
        " ON CONFLICT DO NOTHING"
    )
    cursor.execute("DELETE FROM refusals WHERE endpoint_id = '' AND reason = 'vitals'")
