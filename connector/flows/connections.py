"""The Stora accounts that are connected, as whoever runs the installation sees them."""

from dataclasses import dataclass

from sqlalchemy import func, select

from connector.errors import NotFound
from connector.flows.parts import Parts
from connector.store.tables import connections, webhook_endpoints


@dataclass(frozen=True)
class Linked:
    """One connection, without its secrets; times in milliseconds since the epoch.

    `status_reason` says why it is not active; `endpoints` counts the workflows that listen.
    """

    id: str
    kind: str
    status: str
    status_reason: str | None
    operator: str
    scopes: tuple[str, ...]
    endpoints: int
    created_at: int
    updated_at: int


def list_connections(parts: Parts) -> list[Linked]:
    """Return all connections, oldest first, ended ones too."""
    listening = (
        select(func.count())
        .where(
            webhook_endpoints.c.connection_id == connections.c.id,
            webhook_endpoints.c.deleted_at.is_(None),
        )
        .scalar_subquery()
    )
    with parts.store.read() as c:
        rows = c.execute(
            select(connections, listening.label("endpoints")).order_by(
                connections.c.created_at, connections.c.id
            )
        ).all()
    return [
        Linked(
            id=row.id,
            kind=row.kind,
            status=row.status,
            status_reason=row.status_reason,
            operator=row.operator,
            scopes=tuple(row.scopes.split()),
            endpoints=row.endpoints,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in rows
    ]


def show_connection(parts: Parts, connection_id: str) -> Linked:
    """Return one connection; raises NotFound."""
    for linked in list_connections(parts):
        if linked.id == connection_id:
            return linked
    raise NotFound(f"There is no connection {connection_id}: see `unitwire connections list`.")
