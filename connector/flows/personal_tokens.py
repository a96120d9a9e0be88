"""Personal access tokens, for scripts; and the list of all that may act for a connection.

A personal token is a family without a client and with one access token. Its id has the form of
Stora's token ids, because it is shown as the `creator` of what the token makes. The token itself is
shown once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, insert, select

from connector.errors import Detail, InvalidContent, NotFound
from connector.flows import audit, scopes
from connector.flows.clients import MAX_NAME
from connector.flows.parts import Parts
from connector.flows.quotas import PERSONAL_TOKENS, demand
from connector.flows.tokens import end_family
from connector.store.secrets import hash_token
from connector.store.tables import clients, connections, token_families, tokens
from connector.world import new_id, new_token, now_ms

DAY_MS = 86_400_000
MAX_DAYS = 3650


@dataclass(frozen=True)
class Grant:
    """One thing that acts for a connection: a personal token, or a builder's consent (ms).

    `ended` says why it can act no more; None as long as it can.
    """

    id: str
    connection_id: str
    operator: str
    name: str
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int | None
    used_at: int | None
    ended: str | None


def add_token(
    parts: Parts,
    *,
    connection_id: str,
    scopes_asked: Sequence[str] = (),
    name: str = "",
    days: int | None = None,
    actor: str = audit.COMMAND_LINE,
) -> tuple[str, str]:
    """Make a personal token; return its id (`tok_…`) and the token, which is not kept.

    Without `scopes_asked` it may do all that the connection may; without `days` it never expires.
    Raises `NotFound` for an unknown or revoked connection, `QuotaReached`, and `InvalidContent`
    naming every fault.
    """
    token_id, token, now = new_id("tok"), new_token(), now_ms()
    with parts.store.begin() as transaction:
        held = transaction.scalar(
            select(connections.c.scopes).where(
                connections.c.id == connection_id, connections.c.status != "revoked"
            )
        )
        if held is None:
            raise NotFound(
                f"There is no connection {connection_id}. `unitwire connections list` shows all."
            )
        asked = tuple(dict.fromkeys(scopes_asked)) or scopes.split(held)
        demand(transaction, PERSONAL_TOKENS, connection_id)
        if found := _faults(asked, scopes.split(held), name, days):
            raise InvalidContent("The token cannot be made.", details=found)
        written = {"scopes": " ".join(asked), "created_at": now}
        transaction.execute(
            insert(token_families).values(
                id=token_id, connection_id=connection_id, name=name, **written
            )
        )
        transaction.execute(
            insert(tokens).values(
                token_hash=hash_token(token),
                family_id=token_id,
                kind="access",
                expires_at=None if days is None else now + days * DAY_MS,
                **written,
            )
        )
        audit.record(
            transaction,
            actor=actor,
            action="token.added",
            subject=token_id,
            connection_id=connection_id,
        )
    return token_id, token


def list_grants(parts: Parts, connection_id: str | None = None) -> list[Grant]:
    """Return all that may act, or could once, for one connection or for all; oldest first."""
    statement = (
        select(
            token_families,
            connections.c.operator,
            func.coalesce(clients.c.name, token_families.c.name).label("label"),
            func.max(tokens.c.expires_at).label("expires_at"),
            func.max(tokens.c.used_at).label("used_at"),
            func.count(tokens.c.token_hash).label("tokens"),
            clients.c.revoked_at.label("client_revoked_at"),
        )
        .join(connections, connections.c.id == token_families.c.connection_id)
        .outerjoin(clients, clients.c.id == token_families.c.client_id)
        .outerjoin(tokens, tokens.c.family_id == token_families.c.id)
        .group_by(token_families.c.id, connections.c.id, clients.c.id)
        .order_by(token_families.c.created_at, token_families.c.id)
    )
    if connection_id is not None:
        statement = statement.where(token_families.c.connection_id == connection_id)
    now = now_ms()
    with parts.store.read() as connection:
        return [
            Grant(
                id=row.id,
                connection_id=row.connection_id,
                operator=row.operator,
                name=row.label,
                scopes=scopes.split(row.scopes),
                created_at=row.created_at,
                expires_at=row.expires_at,
                used_at=row.used_at,
                ended=_ended(row, now),
            )
            for row in connection.execute(statement)
        ]


def revoke_grant(parts: Parts, grant_id: str, *, actor: str = audit.COMMAND_LINE) -> None:
    """End a personal token or a builder's consent. Twice is no fault.

    Raises `NotFound` for an unknown id.
    """
    with parts.store.begin() as transaction:
        known = select(token_families.c.id).where(token_families.c.id == grant_id)
        if transaction.execute(known).first() is None:
            raise NotFound(f"There is no token {grant_id}. `unitwire tokens list` shows all.")
        end_family(transaction, grant_id, "revoked by its owner", actor=actor)


def _ended(row: Row[*tuple[Any, ...]], now: int) -> str | None:
    if row.revoked_at is not None:
        return str(row.revoked_reason)
    if row.client_revoked_at is not None:
        return "its client was revoked"
    # Tokens that expired long ago are not kept; one that never expires is.
    is_over = not row.tokens or (row.expires_at is not None and row.expires_at <= now)
    return "expired" if is_over else None


def _faults(asked: Sequence[str], held: Sequence[str], name: str, days: int | None) -> list[Detail]:
    found: list[Detail] = [
        {"pointer": "/scope", "message": f"the connection does not have {scope!r}"}
        for scope in asked
        if scope not in held
    ]
    if len(name) > MAX_NAME or not all(character.isprintable() for character in name):
        message = f"is longer than {MAX_NAME} characters or has control characters"
        found.append({"pointer": "/name", "message": message})
    if days is not None and not 1 <= days <= MAX_DAYS:
        found.append({"pointer": "/days", "message": f"is not between 1 and {MAX_DAYS}"})
    return found
