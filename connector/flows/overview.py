"""What whoever runs the installation sees: the log of all connections together.

Every look-up goes through one connection after the other, by the same flows as the API: the wall
between tenants has no second door, and an index answers each one.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from connector.errors import NotFound
from connector.flows.deliveries import Filter, replay_many
from connector.flows.delivery_page import list_deliveries
from connector.flows.parts import Parts
from connector.store.tables import connections

Look = Callable[[Parts, str, str], dict[str, Any]]


def chosen(parts: Parts, connection_id: str | None) -> list[str]:
    """Return the ids of all connections, or of the one; raises NotFound if there is no such one."""
    with parts.store.read() as connection:
        found = list(connection.execute(select(connections.c.id).order_by("id")).scalars())
    if connection_id is None:
        return found
    if connection_id not in found:
        raise NotFound(f"There is no connection {connection_id}: see `unitwire connections list`.")
    return [connection_id]


def latest(
    parts: Parts, connection_id: str | None, wanted: Filter, limit: int
) -> list[dict[str, Any]]:
    """Return the newest deliveries of all connections, or of one, each with its `connection`."""
    found = [
        {"connection": each, **delivery}
        for each in chosen(parts, connection_id)
        for delivery in list_deliveries(parts, each, wanted, page=1, limit=limit)[0]
    ]
    found.sort(key=lambda delivery: str(delivery["id"]), reverse=True)
    return found[:limit]


def find(parts: Parts, look: Look, id: str) -> dict[str, Any]:
    """Return what `look` finds under `id`, with its `connection`; raises NotFound."""
    for connection_id in chosen(parts, None):
        try:
            return {"connection": connection_id, **look(parts, connection_id, id)}
        except NotFound:
            continue
    raise NotFound(f"There is no {id} here.")


def replay_everywhere(
    parts: Parts, connection_id: str | None, wanted: Filter, *, preview: bool
) -> int:
    """Send again, or count with `preview`, as flows.deliveries.replay_many does for each one."""
    return sum(
        replay_many(parts, each, wanted, preview=preview) for each in chosen(parts, connection_id)
    )
