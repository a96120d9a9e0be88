"""A connection ends: Stora is cleaned up as far as it lets us, and nothing of it works any more.

First the webhook endpoints that Unitwire made in Stora are removed, while the token still works.
Then one transaction ends the connection here, with every token of every builder, and forgets
Stora's tokens. Last they are revoked at Stora (RFC 7009), for good measure: whatever Stora answers,
the connection is over here.
"""

from contextlib import suppress

from sqlalchemy import delete, select, update

from connector.errors import NotFound, UnitwireError
from connector.flows import audit, mirror
from connector.flows.parts import Parts
from connector.flows.refresh import Credentials, client_of
from connector.stora import auth
from connector.store.tables import (
    connections,
    sites,
    token_families,
    upstream_endpoints,
    webhook_endpoints,
)
from connector.world import monotonic, now_ms

CLEAN_UP_S = 30.0
REASON = "disconnected"


def disconnect(parts: Parts, connection_id: str, *, actor: str = audit.COMMAND_LINE) -> list[str]:
    """End a connection; return the ids of webhook endpoints that are left in Stora.

    Takes about 30 seconds at most for the clean-up, however many there are. Repeating it is no
    fault. Raises NotFound for an unknown connection.
    """
    with parts.store.read() as c:
        wanted = select(connections.c.id).where(connections.c.id == connection_id)
        if c.execute(wanted).one_or_none() is None:
            raise NotFound
    left = _clean_up(parts, connection_id)
    if given := _end(parts, connection_id, actor):
        _revoke(parts, given)
    return left


def _clean_up(parts: Parts, connection_id: str) -> list[str]:
    """Remove what Unitwire made in Stora; return the ids of what is still there."""
    known = upstream_endpoints.c.connection_id == connection_id
    with parts.store.read() as c:
        rows = c.execute(select(upstream_endpoints).where(known)).all()
    until = monotonic() + CLEAN_UP_S
    for row in rows:
        if monotonic() < until:
            mirror.discard(parts, connection_id, row.endpoint_id, row.id)
    with parts.store.read() as c:
        return list(c.execute(select(upstream_endpoints.c.id).where(known)).scalars())


def _end(parts: Parts, connection_id: str, actor: str) -> Credentials | None:
    """End the connection here; return what Stora gave for it, None if it had ended before."""
    now = now_ms()
    this = connections.c.id == connection_id
    with parts.store.begin() as c:
        sealed = c.execute(
            select(connections.c.credentials_sealed)
            .where(this, connections.c.status != "revoked")
            .with_for_update()
        ).scalar_one_or_none()
        if sealed is None:
            return None
        c.execute(
            update(connections)
            .where(this)
            .values(
                status="revoked",
                status_reason=REASON,
                credentials_sealed=parts.vault.seal("{}"),
                refresh_lease=None,
                refresh_until=None,
                updated_at=now,
            )
        )
        c.execute(
            update(token_families)
            .where(
                token_families.c.connection_id == connection_id,
                token_families.c.revoked_at.is_(None),
            )
            .values(revoked_at=now, revoked_reason=REASON)
        )
        c.execute(
            update(webhook_endpoints)
            .where(
                webhook_endpoints.c.connection_id == connection_id,
                webhook_endpoints.c.deleted_at.is_(None),
            )
            .values(deleted_at=now, deleted_reason=REASON, updated_at=now)
        )
        c.execute(delete(sites).where(sites.c.connection_id == connection_id))
        audit.record(
            c,
            actor=actor,
            action="connection.disconnected",
            subject=connection_id,
            connection_id=connection_id,
        )
    return Credentials.from_json(parts.vault.open(sealed))


def _revoke(parts: Parts, given: Credentials) -> None:
    """Revoke the tokens at Stora.

    The refresh token goes first: with it gone, nothing new can come of the rest. An access token
    made by hand belongs to no application and can only be removed by hand, in Stora's BackOffice.
    """
    if given.client is None and given.refresh_token is None:
        return
    for token in (given.refresh_token, given.access_token):
        if token is not None:
            with suppress(UnitwireError):
                auth.revoke(parts.stora, client_of(parts, given), token)
