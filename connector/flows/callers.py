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
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import update

from connector.errors import Forbidden, InvalidToken
from connector.flows.parts import Parts
from connector.store.secrets import hash_token
from connector.store.tables import tokens
from connector.world import now_ms

MAX_CREDENTIAL = 2048  # characters: nothing longer is looked at
NOTE_USE_MS = 3_600_000  # the last use of a token is noted once an hour at most

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE | re.ASCII)

FIND = """
    SELECT t.token_hash, t.family_id, t.scopes, t.expires_at, t.created_at, t.used_at,
      f.client_id, f.connection_id, c.operator, c.scopes, c.curies, app.platform
    FROM tokens t
    JOIN token_families f ON f.id = t.family_id
    JOIN connections c ON c.id = f.connection_id
    LEFT JOIN clients app ON app.id = f.client_id
    WHERE t.token_hash = :token_hash AND t.kind = 'access' AND f.revoked_at IS NULL
      AND app.revoked_at IS NULL AND c.status <> 'revoked'
"""


class Token(NamedTuple):
    """A good access token with its family, its connection and the platform of its client."""

    token_hash: str
    family_id: str
    scopes: str
    expires_at: int | None
    created_at: int
    used_at: int | None
    client_id: str | None
    connection_id: str
    operator: str
    connection_scopes: str
    curies: str
    platform: str | None


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
    store = parts.store
    rows = store.query(store.sql(FIND), {"token_hash": hash_token(found[1])})
    if not rows:
        raise InvalidToken
    token = Token._make(rows[0])
    if token.expires_at is not None and token.expires_at <= now:
        raise InvalidToken
    if token.used_at is None or token.used_at <= now - NOTE_USE_MS:
        _note_use(parts, token.token_hash, now)
    return Caller(
        connection_id=token.connection_id,
        operator=token.operator,
        platform=token.platform or "custom",
        creator=token.client_id or token.family_id,
        client_id=token.client_id,
        token_id=token.family_id,
        scopes=common(token.scopes, token.connection_scopes),
        curies=tuple(json.loads(token.curies)),
        expires_at=token.expires_at,
        created_at=token.created_at,
    )


@lru_cache(maxsize=1024)
def common(left: str, right: str) -> frozenset[str]:
    """Return the scopes that are in both lists."""
    return frozenset(left.split()) & frozenset(right.split())


def _note_use(parts: Parts, token_hash: str, now: int) -> None:
    with parts.store.begin() as connection:
        connection.execute(
            update(tokens).where(tokens.c.token_hash == token_hash).values(used_at=now)
        )
