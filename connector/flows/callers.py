"""Who asks: from a bearer token to a caller, on every request of the API.

A token is good while it has not expired, its family is not revoked, its client is not revoked and
its connection is not revoked. What it may do is what it was given, and never more than the
connection may do now.

The token comes in the `Authorization` header only (RFC 6750 section 2.1): in a URL it would end up
in logs.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, update

from connector.errors import Forbidden, InvalidToken
from connector.flows.parts import Parts
from connector.store.secrets import hash_token
from connector.store.tables import clients, connections, token_families, tokens
from connector.world import now_ms

MAX_CREDENTIAL = 2048  # characters: nothing longer is looked at
NOTE_USE_MS = 3_600_000  # the last use of a token is noted once an hour at most

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE | re.ASCII)

_FIND = (
    select(
        tokens.c.token_hash,
        tokens.c.family_id,
        tokens.c.scopes,
        tokens.c.expires_at,
        tokens.c.created_at,
        tokens.c.used_at,
        token_families.c.client_id,
        token_families.c.connection_id,
        connections.c.operator,
        connections.c.scopes.label("connection_scopes"),
        connections.c.curies,
        clients.c.platform,
    )
    .join(token_families, token_families.c.id == tokens.c.family_id)
    .join(connections, connections.c.id == token_families.c.connection_id)
    .outerjoin(clients, clients.c.id == token_families.c.client_id)
    .where(
        tokens.c.kind == "access",
        token_families.c.revoked_at.is_(None),
        clients.c.revoked_at.is_(None),
        connections.c.status != "revoked",
    )
)


@dataclass(frozen=True)
class Caller:
    """One builder, or one script with a personal token, acting for one connection.

    `creator` is what Stora calls the creator of a thing: the client's id (`app_…`) or the personal
    token's (`tok_…`). `token_id` names the token's family, which is what can be revoked.
    `platform` is the client's; a personal token has none and counts as `custom`.
    `created_at` and `expires_at` (None: never) are in milliseconds since the epoch.
    """

    connection_id: str
    operator: str
    platform: str
    creator: str
    client_id: str | None
    token_id: str
    scopes: frozenset[str]
    curies: tuple[dict[str, Any], ...]
    expires_at: int | None
    created_at: int

    def demand(self, *scopes: str) -> None:
        """Raise `Forbidden`, naming what is missing and who can give it (RFC 6750 section 3.1)."""
        missing = [scope for scope in scopes if scope not in self.scopes]
        if not missing:
            return
        giver = (
            "Whoever connected the account can allow it: connect the account again."
            if self.client_id
            else "Whoever runs Unitwire can make a token that has it: `unitwire tokens add`."
        )
        challenge = f'Bearer error="insufficient_scope", scope="{" ".join(scopes)}"'
        raise Forbidden(
            f"The access token does not have the scope {' '.join(missing)}. {giver}",
            headers={"WWW-Authenticate": challenge},
        )


def caller_of(parts: Parts, authorization_header: str | None) -> Caller:
    """Return who sent this `Authorization` header; raises `InvalidToken` (401) if nobody did."""
    header = authorization_header or ""
    if not header.lower().startswith("bearer "):  # no error code then (RFC 6750 section 3.1)
        raise InvalidToken(headers={"WWW-Authenticate": "Bearer"})
    found = _BEARER.fullmatch(header) if len(header) <= MAX_CREDENTIAL else None
    if found is None:
        raise InvalidToken
    now = now_ms()
    with parts.store.read() as connection:
        row = connection.execute(
            _FIND.where(tokens.c.token_hash == hash_token(found[1]))
        ).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        raise InvalidToken
    if row.used_at is None or row.used_at <= now - NOTE_USE_MS:
        _note_use(parts, row.token_hash, now)
    return _caller(row)


def _caller(row: Row[*tuple[Any, ...]]) -> Caller:
    granted = frozenset(row.scopes.split()) & frozenset(row.connection_scopes.split())
    return Caller(
        connection_id=row.connection_id,
        operator=row.operator,
        platform=row.platform or "custom",
        creator=row.client_id or row.family_id,
        client_id=row.client_id,
        token_id=row.family_id,
        scopes=granted,
        curies=tuple(json.loads(row.curies)),
        expires_at=row.expires_at,
        created_at=row.created_at,
    )


def _note_use(parts: Parts, token_hash: str, now: int) -> None:
    with parts.store.begin() as connection:
        connection.execute(
            update(tokens).where(tokens.c.token_hash == token_hash).values(used_at=now)
        )
