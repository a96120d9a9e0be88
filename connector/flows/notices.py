"""Notices: what somebody must know, whatever page they are on.

One look along the endpoints of a connection; the state of the database is that of the last look at
the vitals, and a look that is old begins anew in the background.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, literal, select

from connector import world
from connector.flows.parts import Parts
from connector.flows.vitals import measure
from connector.store.tables import deliveries
from connector.store.tables import webhook_endpoints as table

FRESH_MS = 10_000  # how long a look at the vitals counts
SHOWN = 3  # workflows that are named
# Stands in the statement itself: an index that holds only what is pending does not serve a
# parameter that might be anything.
PENDING = literal("pending", literal_execute=True)


@dataclass(frozen=True)
class Notices:
    """`problems` are sentences about the installation.

    `failing` are workflows that are being probed (`id`, `name`, `failing_since` and `probe_at` in
    ms), the longest first; `more` is whether there are others.
    """

    problems: Sequence[str]
    failing: Sequence[Row[*tuple[Any, ...]]]
    more: bool


def notices(parts: Parts, connection_id: str) -> Notices:
    """Return what is to be known about a connection and the installation."""
    pulse = parts.pulse
    if pulse.at is None or pulse.at < world.now_ms() - FRESH_MS:
        parts.background.do("vitals", lambda: measure(parts))
    waits = exists().where(deliveries.c.endpoint_id == table.c.id, deliveries.c.status == PENDING)
    statement = (
        select(table.c.id, table.c.name, table.c.failing_since, table.c.probe_at)
        .where(
            table.c.connection_id == connection_id,
            table.c.failing_since.is_not(None),
            table.c.deleted_at.is_(None),
            table.c.paused_at.is_(None),
            table.c.status == "enabled",
            waits,
        )
        .order_by(table.c.failing_since, table.c.id)
        .limit(SHOWN + 1)
    )
    with parts.store.read() as c:
        rows = c.execute(statement).all()
    return Notices(pulse.problems, rows[:SHOWN], len(rows) > SHOWN)
