"""Clients: the platform apps that may ask an operator for authorisation (RFC 6749 section 2).

Whoever runs Unitwire registers them: on the command line, and, where the installation is one
operator's own, on a page. With an application at Stora there are many operators, who share the
clients, so none of them may change one; nobody can register one from outside.
A client's id has the form of Stora's application ids, because it is shown as the `creator` of what
the client makes. Its secret is shown once and kept as a hash; a public client has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, distinct, func, insert, select, update

from connector.errors import Conflict, Detail, InvalidContent, NotFound
from connector.flows import audit, redirects, scopes
from connector.flows.parts import Parts
from connector.platforms.builders import NAMES
from connector.store.secrets import hash_token, same
from connector.store.tables import clients, token_families, webhook_endpoints
from connector.world import new_id, new_token, now_ms

MAX_NAME = 100  # characters
MAX_REDIRECT_URIS = 20
NO_SUCH = "There is no client {}. `unitwire clients list` shows all."


@dataclass(frozen=True)
class Client:
    """One registered app; `pkce` is False for a platform that cannot do it (times in ms)."""

    id: str
    platform: str
    name: str
    secret_hash: str | None
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    pkce: bool
    created_at: int
    revoked_at: int | None

    @property
    def public(self) -> bool:
        """Whether the client cannot keep a secret (RFC 6749 section 2.1)."""
        return self.secret_hash is None

    def takes(self, redirect_uri: str) -> bool:
        """Whether answers may be sent to `redirect_uri`."""
        return redirects.matches(redirect_uri, self.redirect_uris, public=self.public)


@dataclass(frozen=True)
class Use:
    """What depends on a client: `operators` that have allowed it, `workflows` that it made."""

    operators: int
    workflows: int


def is_one_operators_own(parts: Parts) -> bool:
    """Whether who is signed in also runs the installation: it has no application at Stora."""
    return not parts.settings.stora_client_id


def add_client(
    parts: Parts,
    *,
    platform: str,
    redirect_uris: Sequence[str],
    name: str = "",
    scopes_allowed: Sequence[str] = (),
    public: bool = False,
    pkce: bool = True,
    actor: str = audit.COMMAND_LINE,
    connection_id: str | None = None,
) -> tuple[Client, str | None]:
    """Register a client; return it and its secret (None for a public one), which is not kept.

    Without `scopes_allowed` the client may ask for all that Unitwire asks of Stora.
    `connection_id` is whose page it was done on. Raises `InvalidContent`, naming every fault.
    """
    asked = tuple(dict.fromkeys(scopes_allowed)) or parts.settings.stora_scopes
    if found := _faults(platform, name, redirect_uris, public=public, pkce=pkce) + scopes.faults(
        asked
    ):
        raise InvalidContent("The client cannot be registered.", details=found)
    secret = None if public else new_token()
    client = Client(
        id=new_id("app"),
        platform=platform,
        name=name or platform,
        secret_hash=None if secret is None else hash_token(secret),
        redirect_uris=tuple(dict.fromkeys(redirect_uris)),
        scopes=asked,
        pkce=pkce,
        created_at=now_ms(),
        revoked_at=None,
    )
    with parts.store.begin() as transaction:
        transaction.execute(
            insert(clients).values(
                id=client.id,
                platform=client.platform,
                name=client.name,
                secret_hash=client.secret_hash,
                redirect_uris=" ".join(client.redirect_uris),
                scopes=" ".join(client.scopes),
                pkce=int(client.pkce),
                created_at=client.created_at,
            )
        )
        _record(transaction, actor, "added", client.id, connection_id)
    return client, secret


def rotate_client(
    parts: Parts,
    client_id: str,
    *,
    actor: str = audit.COMMAND_LINE,
    connection_id: str | None = None,
) -> str:
    """Give a client a new secret and return it; the old one is worth nothing from now on.

    Raises `NotFound` for an unknown or revoked client, `Conflict` for a public one.
    """
    secret = new_token()
    with parts.store.begin() as transaction:
        known = transaction.execute(
            select(clients.c.secret_hash).where(
                clients.c.id == client_id, clients.c.revoked_at.is_(None)
            )
        ).first()
        if known is None:
            raise NotFound(NO_SUCH.format(client_id))
        if known.secret_hash is None:
            raise Conflict("A public client has no secret.")
        transaction.execute(
            update(clients).where(clients.c.id == client_id).values(secret_hash=hash_token(secret))
        )
        _record(transaction, actor, "secret_rotated", client_id, connection_id)
    return secret


def use_of(parts: Parts, client_id: str) -> Use:
    """Return what depends on a client."""
    operators = select(func.count(distinct(token_families.c.connection_id))).where(
        token_families.c.client_id == client_id, token_families.c.revoked_at.is_(None)
    )
    workflows = select(func.count()).where(
        webhook_endpoints.c.creator == client_id, webhook_endpoints.c.deleted_at.is_(None)
    )
    with parts.store.read() as connection:
        return Use(
            connection.execute(operators).scalar_one(), connection.execute(workflows).scalar_one()
        )


def find_client(parts: Parts, client_id: str) -> Client | None:
    """Return the client, None if there is none or it is revoked."""
    with parts.store.read() as connection:
        row = connection.execute(
            select(clients).where(clients.c.id == client_id, clients.c.revoked_at.is_(None))
        ).one_or_none()
    return None if row is None else _client(row)


def prove_client(parts: Parts, client_id: str, secret: str | None) -> Client | None:
    """Return the client that proves itself by `secret`, or needs none and gives none; else None."""
    client = find_client(parts, client_id)
    if client is None or client.secret_hash is None or secret is None:
        return client if client is not None and client.public and secret is None else None
    return client if same(hash_token(secret), client.secret_hash) else None


def list_clients(parts: Parts) -> list[Client]:
    """Return all clients, revoked ones too, oldest first."""
    with parts.store.read() as connection:
        rows = connection.execute(select(clients).order_by(clients.c.created_at, clients.c.id))
        return [_client(row) for row in rows]


def revoke_client(
    parts: Parts,
    client_id: str,
    *,
    actor: str = audit.COMMAND_LINE,
    connection_id: str | None = None,
) -> None:
    """End a client: it can ask for nothing more and all its tokens stop. Twice is no fault.

    Raises `NotFound` for an unknown id.
    """
    with parts.store.begin() as transaction:
        known = transaction.execute(select(clients.c.id).where(clients.c.id == client_id)).first()
        if known is None:
            raise NotFound(NO_SUCH.format(client_id))
        ended = transaction.execute(
            update(clients)
            .where(clients.c.id == client_id, clients.c.revoked_at.is_(None))
            .values(revoked_at=now_ms())
        )
        if ended.rowcount:
            _record(transaction, actor, "revoked", client_id, connection_id)


def _record(
    transaction: Connection, actor: str, what: str, client_id: str, connection_id: str | None
) -> None:
    audit.record(
        transaction,
        actor=actor,
        action=f"client.{what}",
        subject=client_id,
        connection_id=connection_id,
    )


def _client(row: Row[*tuple[Any, ...]]) -> Client:
    return Client(
        id=row.id,
        platform=row.platform,
        name=row.name,
        secret_hash=row.secret_hash,
        redirect_uris=tuple(row.redirect_uris.split()),
        scopes=scopes.split(row.scopes),
        pkce=bool(row.pkce),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


def _faults(
    platform: str, name: str, redirect_uris: Sequence[str], *, public: bool, pkce: bool
) -> list[Detail]:
    found: list[Detail] = []
    if platform not in NAMES:
        message = f"{platform[:40]!r} is none of {', '.join(NAMES)}"
        found.append({"pointer": "/platform", "message": message})
    if len(name) > MAX_NAME or not all(character.isprintable() for character in name):
        message = f"is longer than {MAX_NAME} characters or has control characters"
        found.append({"pointer": "/name", "message": message})
    if not 1 <= len(redirect_uris) <= MAX_REDIRECT_URIS:
        message = f"give 1 to {MAX_REDIRECT_URIS} redirect URIs"
        found.append({"pointer": "/redirect_uri", "message": message})
    for uri in redirect_uris:
        if fault := redirects.fault_of(uri, public=public):
            found.append({"pointer": "/redirect_uri", "message": f"{uri!r} {fault}"})
    if public and not pkce:
        message = "a public client must use PKCE (RFC 9700 section 2.1.1)"
        found.append({"pointer": "/pkce", "message": message})
    return found
