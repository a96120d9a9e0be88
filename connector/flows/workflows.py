"""Workflows, as people see webhook endpoints: what each hears, when it last ran, how busy it is.

The counts come from the tallies and the last delivery from the end of an index, so a list of a
thousand workflows costs the same whatever the log holds.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, func, select

from connector import world
from connector.flows.endpoints import Endpoint, Wanted, list_endpoints, show
from connector.flows.parts import Parts
from connector.flows.tally import DAY_MS
from connector.store.tables import deliveries, refusals, tallies, upstream_endpoints
from connector.store.tables import webhook_endpoints as table

DAYS = 14
SHOWN_AT_MOST = 1000


@dataclass(frozen=True)
class Workflow:
    """One webhook endpoint and what has been going on (times in ms).

    `days` counts its events a day, oldest first, today last. `last` is its newest delivery.
    """

    endpoint: Endpoint
    last: Row[Any] | None
    days: Sequence[int]

    @property
    def state(self) -> str:
        """The one word for how it is: disabled, paused, failing, or listening."""
        if self.endpoint.status == "disabled":
            return "disabled"
        if self.endpoint.paused_at is not None:
            return "paused"
        troubled = self.last is not None and (
            self.last.status == "dead" or (self.last.status == "pending" and self.last.reason)
        )
        return "failing" if troubled or self.endpoint.failing_since else "listening"


def list_workflows(parts: Parts, connection_id: str) -> list[Workflow]:
    """Return all workflows of a connection, newest first."""
    endpoints, _ = list_endpoints(parts, connection_id, Wanted(), page=1, limit=SHOWN_AT_MOST)
    each = deliveries.alias()
    newest = (
        select(func.max(each.c.id))
        .where(each.c.connection_id == connection_id, each.c.endpoint_id == table.c.id)
        .correlate(table)
        .scalar_subquery()
    )
    statement = (
        select(deliveries)
        .select_from(
            table.join(
                deliveries,
                and_(deliveries.c.connection_id == connection_id, deliveries.c.id == newest),
            )
        )
        .where(table.c.connection_id == connection_id, table.c.deleted_at.is_(None))
    )
    with parts.store.read() as c:
        last = {row.endpoint_id: row for row in c.execute(statement)}
    days = days_of(parts, connection_id, "endpoint")
    return [Workflow(each, last.get(each.id), days.get(each.id, (0,) * DAYS)) for each in endpoints]


def one_workflow(parts: Parts, connection_id: str, endpoint_id: str) -> Workflow:
    """Return one workflow; raises NotFound."""
    endpoint = show(parts, connection_id, endpoint_id)
    with parts.store.read() as c:
        last = c.execute(
            select(deliveries)
            .where(
                deliveries.c.connection_id == connection_id,
                deliveries.c.endpoint_id == endpoint_id,
            )
            .order_by(deliveries.c.id.desc())
            .limit(1)
        ).first()
    days = days_of(parts, connection_id, "endpoint").get(endpoint_id, (0,) * DAYS)
    return Workflow(endpoint, last, days)


def names(parts: Parts, connection_id: str) -> list[tuple[str, str]]:
    """Return id and name of all workflows, by name."""
    statement = (
        select(table.c.id, table.c.name)
        .where(
            table.c.connection_id == connection_id,
            table.c.deleted_at.is_(None),
            table.c.upstream != "pending",
        )
        .order_by(table.c.name, table.c.id)
    )
    with parts.store.read() as c:
        return [(row.id, row.name) for row in c.execute(statement)]


def refused(parts: Parts, endpoint_id: str) -> list[Row[Any]]:
    """Return how many webhooks for an endpoint were refused, by reason: `times`, `last_at`."""
    statement = select(
        refusals.c.reason, refusals.c.count.label("times"), refusals.c.last_at
    ).where(refusals.c.endpoint_id == endpoint_id)
    with parts.store.read() as c:
        return list(c.execute(statement.order_by(refusals.c.last_at.desc())))


def mirrors(parts: Parts, connection_id: str, endpoint_id: str) -> list[Row[Any]]:
    """Return the endpoints that Unitwire keeps in Stora for one workflow."""
    statement = select(
        upstream_endpoints.c.id, upstream_endpoints.c.status, upstream_endpoints.c.problem
    ).where(
        upstream_endpoints.c.connection_id == connection_id,
        upstream_endpoints.c.endpoint_id == endpoint_id,
    )
    with parts.store.read() as c:
        return list(c.execute(statement))


def days_of(parts: Parts, connection_id: str, what: str) -> Mapping[str, Sequence[int]]:
    """Return the tallies of the last DAYS days (UTC) by name, each a count a day, today last."""
    today = world.now_ms() // DAY_MS
    first = today - DAYS + 1
    statement = select(tallies.c.name, tallies.c.day, tallies.c.count).where(
        tallies.c.connection_id == connection_id, tallies.c.what == what, tallies.c.day >= first
    )
    found: dict[str, list[int]] = defaultdict(lambda: [0] * DAYS)
    with parts.store.read() as c:
        for row in c.execute(statement):
            if row.day <= today:
                found[row.name][row.day - first] = row._mapping["count"]
    return found
