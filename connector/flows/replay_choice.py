"""Which deliveries a replay may send again: counted for its preview, chosen for each of its steps.

Only so many rows of the log are looked at in one go, along an index, so that a filter that fits
nearly nothing costs several looks and not one that takes for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, func, select

from connector.flows.deliveries import REPLAYABLE, Filter
from connector.flows.parts import Parts
from connector.store.tables import deliveries, webhook_endpoints

WINDOW = 20_000  # rows of the log that one look takes in


@dataclass(frozen=True)
class Preview:
    """What a replay would send: how many to the workflows of each platform.

    `complete` is whether all of the log was looked at.
    """

    sources: Mapping[str, int]
    complete: bool

    @property
    def count(self) -> int:
        """How many it would send in all."""
        return sum(self.sources.values())


def preview(parts: Parts, connection_id: str, wanted: Filter) -> Preview:
    """Count what a replay of `wanted` would send again, among the newest rows it may look at."""
    with parts.store.read() as c:
        window = (
            able(connection_id, wanted).order_by(deliveries.c.id.desc()).limit(WINDOW).subquery()
        )
        rows = c.execute(
            select(webhook_endpoints.c.source, func.sum(window.c.fits), func.count())
            .select_from(
                window.outerjoin(
                    webhook_endpoints,
                    and_(
                        webhook_endpoints.c.connection_id == connection_id,
                        webhook_endpoints.c.id == window.c.endpoint_id,
                    ),
                )
            )
            .group_by(webhook_endpoints.c.source)
        ).all()
    sources = {source: int(count) for source, count, _ in rows if count}
    return Preview(sources, sum(looked_at for *_, looked_at in rows) < WINDOW)


def able(connection_id: str, wanted: Filter) -> Select[Any]:
    """Return the SELECT of rows to look at, with `fits` 1 where one may be sent again.

    Where only what ended badly is wanted, an index holds just that.
    """
    living = select(webhook_endpoints.c.id).where(
        webhook_endpoints.c.connection_id == connection_id,
        webhook_endpoints.c.deleted_at.is_(None),
        webhook_endpoints.c.status == "enabled",
    )
    statuses = wanted.statuses or REPLAYABLE
    fits = deliveries.c.status.in_([each for each in statuses if each in REPLAYABLE])
    for condition in (*wanted.conditions(connection_id)[1:], deliveries.c.endpoint_id.in_(living)):
        fits &= condition
    looked_at = select(
        deliveries.c.id, deliveries.c.endpoint_id, case((fits, 1), else_=0).label("fits")
    ).where(deliveries.c.connection_id == connection_id, *wanted.span())
    if "delivered" not in statuses:
        looked_at = looked_at.where(
            deliveries.c.status.in_(statuses), deliveries.c.reason.is_not(None)
        )
    return looked_at
