"""An operator's account as its owner sees it: the connection, and who changed what."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, func, select

from connector.errors import NotFound
from connector.flows.clients import is_one_operators_own
from connector.flows.parts import Parts
from connector.flows.personal_tokens import list_grants, revoke_grant
from connector.store.tables import audit, clients, connections, sessions, token_families
from connector.world import now_ms

PAGE = 50


def connection_of(parts: Parts, connection_id: str) -> Any:
    """Return a connection without its secrets, and how many browsers are signed in for it."""
    signed_in = (
        select(func.count())
        .where(sessions.c.connection_id == connection_id, sessions.c.expires_at > now_ms())
        .scalar_subquery()
    )
    statement = select(
        connections.c.id,
        connections.c.kind,
        connections.c.status,
        connections.c.status_reason,
        connections.c.operator,
        connections.c.scopes,
        connections.c.expires_at,
        connections.c.created_at,
        signed_in.label("browsers"),
    ).where(connections.c.id == connection_id)
    with parts.store.read() as c:
        return c.execute(statement).one()


def revoke_own_grant(parts: Parts, connection_id: str, grant_id: str, *, actor: str) -> None:
    """End one of a connection's tokens or consents; raises NotFound, for a foreign one as well."""
    if grant_id not in {each.id for each in list_grants(parts, connection_id)}:
        raise NotFound("There is no such token.")
    revoke_grant(parts, grant_id, actor=actor)


def called(parts: Parts, connection_id: str, ids: Iterable[str]) -> dict[str, str]:
    """Return the names of those of `ids` that are apps, or personal tokens of this connection."""
    wanted = set(ids)
    apps = select(clients.c.id, clients.c.name).where(clients.c.id.in_(wanted))
    own = select(token_families.c.id, token_families.c.name).where(
        token_families.c.id.in_(wanted),
        token_families.c.connection_id == connection_id,
        token_families.c.client_id.is_(None),
    )
    with parts.store.read() as c:
        return {row.id: row.name for each in (apps, own) for row in c.execute(each) if row.name}


def changes(
    parts: Parts, connection_id: str, *, before: str = ""
) -> tuple[list[Row[Any]], str | None]:
    """Return a page of who changed what, newest first, and the cursor of the next page.

    Where the installation is the operator's own, what concerns all of it is told too.
    """
    told = audit.c.connection_id == connection_id
    if is_one_operators_own(parts):
        told |= audit.c.connection_id.is_(None)
    statement = select(audit).where(told)
    if before:
        statement = statement.where(audit.c.id < before)
    with parts.store.read() as c:
        rows = c.execute(statement.order_by(audit.c.id.desc()).limit(PAGE + 1)).all()
    return list(rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None
