"""Pause: a workflow's events go on being kept, and wait until it is resumed.

Waiting means `pending` without a moment at which it would be due. What was waiting for its next
attempt waits like the rest. Resuming lets the backlog go at a pace (flows/replays.py), while what
arrives from then on goes at once.
"""

from sqlalchemy import Connection, func, select, update

from connector import world
from connector.errors import Conflict
from connector.flows.endpoints import find, named
from connector.flows.parts import Parts
from connector.flows.receive import PAUSED
from connector.flows.replays import Replay, begin_backlog
from connector.flows.unsubscribe import record
from connector.store.tables import deliveries
from connector.store.tables import webhook_endpoints as table

COUNTED = 10_000  # waiting deliveries counted at most, plus one


def pause(parts: Parts, connection_id: str, endpoint_id: str, *, actor: str) -> None:
    """Keep events from now on and send none; a second time is no fault.

    Raises NotFound, and Conflict while the endpoint is disabled: then nothing is kept at all.
    """
    with parts.store.begin() as c:
        endpoint = find(c, connection_id, endpoint_id)
        if endpoint.status == "disabled":
            raise Conflict("This workflow is switched off. Switch it on first.")
        if endpoint.paused_at is not None:
            return
        now = world.now_ms()
        c.execute(
            update(table)
            .where(*named(connection_id, endpoint_id))
            .values(paused_at=now, updated_at=now)
        )
        c.execute(
            update(deliveries)
            .where(
                deliveries.c.connection_id == connection_id,
                deliveries.c.endpoint_id == endpoint_id,
                deliveries.c.status == "pending",
                deliveries.c.lease.is_(None),
            )
            .values(due=None, reason=func.coalesce(deliveries.c.reason, PAUSED))
        )
        record(c, connection_id, endpoint_id, actor, "paused")


def resume(
    parts: Parts, connection_id: str, endpoint_id: str, *, per_minute: int, actor: str
) -> Replay | None:
    """Let events go again, and what waits at `per_minute`; return how that is going.

    Returns None if the endpoint was not paused. Raises NotFound.
    """
    with parts.store.begin() as c:
        endpoint = find(c, connection_id, endpoint_id)
        if endpoint.paused_at is None:
            return None
        c.execute(
            update(table)
            .where(*named(connection_id, endpoint_id))
            .values(paused_at=None, updated_at=world.now_ms())
        )
        begun = begin_backlog(
            c, connection_id, endpoint_id, waiting_in(c, connection_id, endpoint_id), per_minute
        )
        record(c, connection_id, endpoint_id, actor, "resumed")
    return begun


def waiting(parts: Parts, connection_id: str, endpoint_id: str) -> int:
    """Return how many deliveries wait for an endpoint to be resumed, 10,001 for more than that."""
    with parts.store.read() as c:
        return waiting_in(c, connection_id, endpoint_id)


def waiting_in(c: Connection, connection_id: str, endpoint_id: str) -> int:
    """Do the same inside a transaction."""
    some = (
        select(deliveries.c.id)
        .where(
            deliveries.c.connection_id == connection_id,
            deliveries.c.endpoint_id == endpoint_id,
            deliveries.c.status == "pending",
            deliveries.c.reason.is_not(None),
            deliveries.c.due.is_(None),
        )
        .limit(COUNTED + 1)
        .subquery()
    )
    return int(c.execute(select(func.count()).select_from(some)).scalar_one())
