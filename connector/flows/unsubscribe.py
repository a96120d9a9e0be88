"""Unsubscribe: a webhook endpoint is disabled or removed, by its builder or because it is dead.

The row first, then Stora: it works whatever Stora says. What Stora does not remove stays visible
as a leftover, which `sweep` retries.
"""

from contextlib import suppress
from dataclasses import replace

from sqlalchemy import Connection, or_, select, update

from connector import world
from connector.errors import NotFound, UnitwireError
from connector.flows import audit, mirror
from connector.flows.endpoints import NO_SUCH, Endpoint, alive, find, named
from connector.flows.parts import Parts
from connector.flows.turn import turn
from connector.store.tables import deliveries, upstream_endpoints
from connector.store.tables import webhook_endpoints as table

UNITWIRE = "unitwire"  # the actor where no builder asked


def disable(
    parts: Parts, connection_id: str, endpoint_id: str, *, actor: str = UNITWIRE, reason: str = ""
) -> Endpoint:
    """Send nothing any more; what waits is skipped. Raises NotFound, nothing because of Stora.

    Stora is told as well, if it can be; if not, its events are kept and skipped with the reason.
    """
    now = world.now_ms()
    with parts.store.begin() as c:
        old = find(c, connection_id, endpoint_id)
        if old.status == "disabled":
            return old
        new = replace(
            old, status="disabled", disabled_at=now, disabled_reason=reason or None, updated_at=now
        )
        c.execute(update(table).where(*named(connection_id, endpoint_id)).values(**new.since(old)))
        _skip_waiting(c, connection_id, endpoint_id, "The webhook endpoint was disabled.")
        record(c, connection_id, endpoint_id, actor, "disabled")
    with suppress(UnitwireError), turn(parts, connection_id, endpoint_id) as held:
        upstream_id = mirror.known(parts, new)
        if upstream_id and held.endpoint().status == "disabled":
            mirror.disable(parts, connection_id, upstream_id)
    return new


def unsubscribe(
    parts: Parts, connection_id: str, endpoint_id: str, *, actor: str = UNITWIRE, reason: str = ""
) -> None:
    """Remove an endpoint, here and in Stora; a second time is no fault.

    Raises NotFound for one that never was or is another connection's, nothing because of Stora:
    what Stora does not remove stays as a leftover, which `sweep` retries.
    """
    now = world.now_ms()
    with parts.store.begin() as c:
        if alive(c, connection_id, endpoint_id) is not None:
            remove(c, connection_id, endpoint_id, reason, now)
            record(c, connection_id, endpoint_id, actor, "removed")
        elif not c.execute(select(table.c.id).where(*named(connection_id, endpoint_id))).first():
            raise NotFound(NO_SUCH)
    for _, upstream_id in mirror.leftovers(parts, connection_id, endpoint_id):
        mirror.discard(parts, connection_id, endpoint_id, upstream_id)


# ---- the steps ---------------------------------------------------------------------------------


def record(c: Connection, connection_id: str, endpoint_id: str, actor: str, happened: str) -> None:
    """Write what `happened` to an endpoint, and who did it."""
    audit.record(
        c,
        actor=actor,
        action=f"webhook_endpoint.{happened}",
        subject=endpoint_id,
        connection_id=connection_id,
    )


def remove(c: Connection, connection_id: str, endpoint_id: str, reason: str, now: int) -> None:
    """Remove an endpoint here; what it has in Stora becomes a leftover."""
    c.execute(
        update(table)
        .where(*named(connection_id, endpoint_id), table.c.deleted_at.is_(None))
        .values(deleted_at=now, deleted_reason=reason or None, updated_at=now)
    )
    c.execute(
        update(upstream_endpoints)
        .where(
            upstream_endpoints.c.connection_id == connection_id,
            upstream_endpoints.c.endpoint_id == endpoint_id,
        )
        .values(status="leftover", problem="Not yet removed.", updated_at=now)
    )
    _skip_waiting(c, connection_id, endpoint_id, "The webhook endpoint was removed.")


def _skip_waiting(c: Connection, connection_id: str, endpoint_id: str, reason: str) -> None:
    """Skip what waits; an attempt under way is left to end as it ends."""
    now = world.now_ms()
    c.execute(
        update(deliveries)
        .where(
            deliveries.c.connection_id == connection_id,
            deliveries.c.endpoint_id == endpoint_id,
            deliveries.c.status == "pending",
            or_(deliveries.c.lease.is_(None), deliveries.c.due <= now),
        )
        .values(status="skipped", reason=reason, due=None, lease=None, finished_at=now)
    )
