"""Tokens for the builders: given for a code, renewed by rotation, revoked.

A *family* is all that came out of one consent. Of its refresh tokens one is live, the leaf; using
it spends it and gives the next. A refresh token that is used again means that two parties hold it,
and one of them may be a thief: then the whole family ends (RFC 9700 section 4.14.2).

One exception keeps honest builders alive whose answer got lost, or who refresh twice at the same
moment: within `GRACE_MS` of being spent, and as long as none of its children has been used, a
refresh token gives a sibling. The newest sibling is then the only live leaf.

Access tokens given earlier stay good until they expire, two hours at most: a builder's running
requests do not fail because another one refreshed. They end at once with their family.

Everything is spent before anything is issued, in one transaction, so that of any number of parallel
attempts at most one leaves a live token.
"""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidScopeError
from authlib.oauth2.rfc7636.challenge import CODE_VERIFIER_PATTERN, create_s256_code_challenge
from sqlalchemy import Connection, exists, insert, select, update

from connector.flows import audit
from connector.flows.clients import Client
from connector.flows.parts import Parts
from connector.flows.scopes import narrowed, split
from connector.store.secrets import hash_token, same
from connector.store.tables import authorization_codes, connections, token_families, tokens
from connector.world import new_id, new_token, now_ms

ACCESS_MS = 7_200_000  # as Stora's own (Stora page: guides/authentication)
REFRESH_MS = 365 * 86_400_000  # a workflow may well sleep for a season
GRACE_MS = 60_000


@dataclass(frozen=True)
class Issued:
    """What the token endpoint gives away; the tokens themselves are not kept."""

    access_token: str
    refresh_token: str
    scopes: tuple[str, ...]
    created_at: int

    def body(self) -> dict[str, object]:
        """Return the answer of RFC 6749 section 5.1, with Stora's `created_at` (epoch seconds)."""
        return {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": ACCESS_MS // 1000,
            "refresh_token": self.refresh_token,
            "scope": " ".join(self.scopes),
            "created_at": self.created_at // 1000,
        }


def exchange(
    parts: Parts, client: Client, *, code: str, redirect_uri: str, code_verifier: str | None
) -> Issued:
    """Give the first tokens for a code (RFC 6749 section 4.1.3, RFC 7636 section 4.6).

    The second use of a code ends the family that the first use made.
    Raises `InvalidGrantError`.
    """
    with parts.store.begin() as transaction:
        outcome = _exchange(transaction, client, code, redirect_uri, code_verifier)
    return _given(outcome)


def refresh(parts: Parts, client: Client, *, refresh_token: str, scope: str) -> Issued:
    """Rotate a refresh token (RFC 6749 section 6); `scope`, if not empty, narrows the new one.

    Raises `InvalidGrantError`, and `InvalidScopeError` when more is asked than was granted.
    """
    with parts.store.begin() as transaction:
        outcome = _refresh(transaction, client, refresh_token, split(scope))
    return _given(outcome)


def revoke(parts: Parts, client: Client, token: str) -> None:
    """End a token of this client (RFC 7009): a refresh token with its family, else itself only.

    An unknown token is no fault. Raises `InvalidGrantError` for one that is not the client's.
    """
    now = now_ms()
    token_hash = hash_token(token)
    with parts.store.begin() as transaction:
        row = transaction.execute(
            select(tokens.c.kind, tokens.c.family_id, token_families.c.client_id)
            .join(token_families, token_families.c.id == tokens.c.family_id)
            .where(tokens.c.token_hash == token_hash)
        ).one_or_none()
        if row is None:
            return
        if row.client_id != client.id:
            raise InvalidGrantError("The token was not given to this client.")
        if row.kind == "refresh":
            end_family(transaction, row.family_id, "revoked by its client", actor=client.id)
            return
        transaction.execute(
            update(tokens)
            .where(tokens.c.token_hash == token_hash, tokens.c.expires_at > now)
            .values(expires_at=now)
        )


def end_family(transaction: Connection, family_id: str, reason: str, *, actor: str) -> None:
    """Revoke a family, all its tokens at once; nothing happens if it is revoked already."""
    connection_id = transaction.scalar(
        update(token_families)
        .where(token_families.c.id == family_id, token_families.c.revoked_at.is_(None))
        .values(revoked_at=now_ms(), revoked_reason=reason)
        .returning(token_families.c.connection_id)
    )
    if connection_id is not None:
        audit.record(
            transaction,
            actor=actor,
            action="token.revoked",
            subject=family_id,
            connection_id=connection_id,
        )


def _given(outcome: Issued | OAuth2Error) -> Issued:
    # A refusal may have ended a family, so it is raised only after the commit.
    if isinstance(outcome, OAuth2Error):
        raise outcome
    return outcome


def _exchange(
    transaction: Connection,
    client: Client,
    code: str,
    redirect_uri: str,
    code_verifier: str | None,
) -> Issued | OAuth2Error:
    refused = InvalidGrantError("The code is unknown, used, expired or was not given to you.")
    now = now_ms()
    code_hash = hash_token(code)
    row = transaction.execute(
        select(authorization_codes, connections.c.status)
        .join(connections, connections.c.id == authorization_codes.c.connection_id)
        .where(authorization_codes.c.code_hash == code_hash)
    ).one_or_none()
    if row is None or row.client_id != client.id or not same(row.redirect_uri, redirect_uri):
        return refused
    if not _proven(row.code_challenge, code_verifier):
        return InvalidGrantError("The code_verifier does not belong to this code.")
    family_id = new_id("fam")
    spent = transaction.execute(
        update(authorization_codes)
        .where(authorization_codes.c.code_hash == code_hash)
        .where(authorization_codes.c.spent_at.is_(None), authorization_codes.c.expires_at > now)
        .values(spent_at=now, family_id=family_id)
    )
    if spent.rowcount != 1:
        if first := transaction.scalar(
            select(authorization_codes.c.family_id).where(
                authorization_codes.c.code_hash == code_hash
            )
        ):
            end_family(transaction, first, "its code was used twice", actor=client.id)
        return refused
    if row.status == "revoked":
        return refused
    transaction.execute(
        insert(token_families).values(
            id=family_id,
            connection_id=row.connection_id,
            client_id=client.id,
            scopes=row.scopes,
            created_at=now,
        )
    )
    audit.record(
        transaction,
        actor=client.id,
        action="token.added",
        subject=family_id,
        connection_id=row.connection_id,
    )
    return _issue(transaction, family_id, split(row.scopes), None, now)


def _proven(challenge: str | None, verifier: str | None) -> bool:
    """Whether the verifier answers the challenge; without a challenge there must be none.

    The last is RFC 9700 section 4.8.2: who strips the challenge from a request gains nothing.
    """
    if challenge is None or verifier is None:
        return challenge is None and verifier is None
    if not CODE_VERIFIER_PATTERN.fullmatch(verifier):
        return False
    return same(create_s256_code_challenge(verifier), challenge)  # type: ignore[no-untyped-call]


def _refresh(
    transaction: Connection, client: Client, refresh_token: str, asked: tuple[str, ...]
) -> Issued | OAuth2Error:
    refused = InvalidGrantError("The refresh token is unknown, used, expired or revoked.")
    now = now_ms()
    token_hash = hash_token(refresh_token)
    family_id = transaction.scalar(
        select(tokens.c.family_id)
        .join(token_families, token_families.c.id == tokens.c.family_id)
        .where(tokens.c.token_hash == token_hash, tokens.c.kind == "refresh")
        .where(token_families.c.client_id == client.id)
    )
    if family_id is None:
        return refused
    # One refresh of a family at a time; what is read below is then the truth until the commit.
    family = transaction.execute(
        select(token_families).where(token_families.c.id == family_id).with_for_update()
    ).one()
    parent = transaction.execute(select(tokens).where(tokens.c.token_hash == token_hash)).one()
    link = transaction.execute(
        select(connections.c.status, connections.c.scopes).where(
            connections.c.id == family.connection_id
        )
    ).one()
    if family.revoked_at is not None or link.status == "revoked":
        return refused
    if parent.spent_at is not None and not _forgivable(transaction, parent, now):
        end_family(transaction, family_id, "a refresh token was used again", actor=client.id)
        return refused
    if parent.expires_at <= now:
        return refused
    granted = split(family.scopes)
    if set(asked) - set(granted):
        return InvalidScopeError("A refresh cannot widen the scopes that were granted.")
    narrow = narrowed(asked or granted, split(link.scopes))
    if not narrow:
        return InvalidScopeError("The connected Stora account has none of these scopes any more.")
    transaction.execute(
        update(tokens)
        .where(tokens.c.family_id == family_id, tokens.c.kind == "refresh")
        .where(tokens.c.spent_at.is_(None))
        .values(spent_at=now)
    )
    return _issue(transaction, family_id, narrow, token_hash, now)


def _forgivable(transaction: Connection, parent: Any, now: int) -> bool:
    """Whether a spent refresh token may be used again: just spent, and its children unused."""
    if now - parent.spent_at > GRACE_MS:
        return False
    child, grandchild = tokens.alias(), tokens.alias()
    used = exists().where(
        child.c.family_id == parent.family_id,
        child.c.parent_hash == parent.token_hash,
        grandchild.c.family_id == parent.family_id,
        grandchild.c.parent_hash == child.c.token_hash,
    )
    return not transaction.scalar(select(used))


def _issue(
    transaction: Connection,
    family_id: str,
    scopes: tuple[str, ...],
    parent_hash: str | None,
    now: int,
) -> Issued:
    """Add an access token for `scopes`, and a refresh token, good for all of the family's."""
    issued = Issued(new_token(), new_token(), scopes, now)
    access = {
        "token_hash": hash_token(issued.access_token),
        "kind": "access",
        "scopes": " ".join(scopes),
        "parent_hash": None,
        "expires_at": now + ACCESS_MS,
    }
    renewal = {
        "token_hash": hash_token(issued.refresh_token),
        "kind": "refresh",
        "scopes": None,
        "parent_hash": parent_hash,
        "expires_at": now + REFRESH_MS,
    }
    shared = {"family_id": family_id, "created_at": now}
    transaction.execute(insert(tokens), [access | shared, renewal | shared])
    return issued
