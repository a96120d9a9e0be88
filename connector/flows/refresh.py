"""A valid access token of a connection, renewed by one caller at a time, across processes.

A token is renewed five minutes before it ends, or at once when Stora has refused it (`stale`).
Whoever takes the lease, by an UPDATE that must touch one row, asks Stora outside any transaction
and saves the new access token together with the new refresh token. Everybody else goes on with the
old token while it is still good, else waits for the new one. A lease whose holder died ends by
itself and is taken over.

A lost answer does not cost the connection: the old refresh token is tried again, which Stora takes
until the new access token is first used (assumed: Doorkeeper's way, stora-api 1.2). Only when Stora
says that the grant is no longer good does the connection need a person.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import ColumnElement, or_, select, update

from connector.errors import (
    GiveUp,
    NeedsReauth,
    NotFound,
    Retry,
    StoraRefused,
    StoraUnavailable,
    UnitwireError,
)
from connector.flows.parts import Parts
from connector.stora import auth
from connector.stora.auth import Client, Grant
from connector.store.tables import connections
from connector.world import monotonic, new_token, now_ms, sleep

AHEAD_MS = 300_000  # renewed this long before the end
SPARE_MS = 10_000  # a token this near its end may be over by the time it reaches Stora
LEASE_MS = 30_000  # longer than all attempts together
ATTEMPTS = 2
POLL_S = 0.05

log = structlog.get_logger()


@dataclass(frozen=True)
class Credentials:
    """What a connection holds of Stora: `client` is the operator's own application, if it has."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    client: Client | None = None

    def to_json(self) -> str:
        """Return the text that is sealed in the database."""
        own = self.client
        values = {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "client_id": own and own.id,
            "client_secret": own and own.secret,
        }
        return json.dumps({name: value for name, value in values.items() if value is not None})

    @classmethod
    def from_json(cls, text: str) -> "Credentials":
        """Read what `to_json` wrote."""
        values = json.loads(text)
        own = (
            Client(values["client_id"], values["client_secret"]) if "client_id" in values else None
        )
        return cls(values["access_token"], values.get("refresh_token"), own)


@dataclass(frozen=True)
class Held:
    """A connection as it stands in the database at one moment; `sealed` tells if it changed.

    Times are in ms; `leased_until` is until when somebody else may be renewing the token.
    """

    id: str
    kind: str
    sealed: str
    scopes: tuple[str, ...]
    expires_at: int | None
    leased_until: int
    credentials: Credentials

    @property
    def renewable(self) -> bool:
        """Whether Stora gives a new token without a person."""
        return self.kind == "client_credentials" or self.credentials.refresh_token is not None

    def ends_within(self, ms: int) -> bool:
        """Whether the access token ends in less than `ms` from now."""
        return self.expires_at is not None and self.expires_at - ms <= now_ms()


def access_token(
    parts: Parts, connection_id: str, *, stale: str | None = None, wait_s: float = 10.0
) -> str:
    """Return an access token of the connection that is good now and is not `stale`.

    Raises NotFound; NeedsReauth when a person has to connect Stora again; StoraUnavailable and
    TooManyRequests when no new token can be had now, within about `wait_s` seconds.
    """
    until = monotonic() + wait_s
    while True:
        held = hold(parts, connection_id)
        token = held.credentials.access_token
        spent = token == stale or held.ends_within(SPARE_MS)
        if not spent and not (held.renewable and held.ends_within(AHEAD_MS)):
            return token
        if not held.renewable:
            _end(parts, held, "Stora no longer accepts the access token.")
        elif lease := _take_lease(parts, held):
            try:
                if renewed := _renew(parts, held, lease):
                    return renewed
            except (Retry, GiveUp) as problem:
                if spent:
                    _release(parts, held, lease)
                    raise
                # The lease is left to run out: until then nobody tries again.
                log.warning("early_refresh_failed", connection=held.id, problem=problem.message)
                return token
        elif not spent:
            return token
        elif monotonic() > until:
            raise StoraUnavailable("Stora gives no new access token just now.", retry_after=5)
        else:
            sleep(POLL_S)


def hold(parts: Parts, connection_id: str) -> Held:
    """Return the connection with its credentials; raises NotFound, and NeedsReauth if not active.

    Raises SettingsError when no key opens the credentials.
    """
    with parts.store.read() as c:
        row = c.execute(select(connections).where(connections.c.id == connection_id)).one_or_none()
    if row is None:
        raise NotFound
    if row.status != "active":
        raise NeedsReauth
    return Held(
        id=row.id,
        kind=row.kind,
        sealed=row.credentials_sealed,
        scopes=tuple(row.scopes.split()),
        expires_at=row.expires_at,
        leased_until=row.refresh_until or 0,
        credentials=Credentials.from_json(parts.vault.open(row.credentials_sealed)),
    )


def client_of(parts: Parts, credentials: Credentials) -> Client:
    """Return the application that the tokens were given to: the operator's own, or ours."""
    ours = Client(parts.settings.stora_client_id, parts.settings.stora_client_secret)
    return credentials.client or ours


def _end(parts: Parts, held: Held, reason: str, *also: ColumnElement[bool]) -> None:
    """Note that a person has to connect Stora again, and raise NeedsReauth.

    Return, with nothing changed, when the row is not what `held` saw any more, or not `also`: who
    came too late, after a freeze say, must not judge by what another has since made good.
    """
    with parts.store.begin() as c:
        ended = c.execute(
            update(connections)
            .where(*_unchanged(held), *also)
            .values(
                status="needs_reauth",
                status_reason=reason,
                refresh_lease=None,
                refresh_until=None,
                updated_at=now_ms(),
            )
        )
    if ended.rowcount:
        log.warning("connection_needs_reauth", connection=held.id, reason=reason)
        raise NeedsReauth


def _unchanged(held: Held) -> tuple[ColumnElement[bool], ...]:
    """Return what is true of the row while it still is what `held` saw."""
    return (
        connections.c.id == held.id,
        connections.c.status == "active",
        connections.c.credentials_sealed == held.sealed,
    )


# ---- renewing ----------------------------------------------------------------------------------


def _take_lease(parts: Parts, held: Held) -> str | None:
    """Return a lease on renewing exactly these credentials, None while somebody else has it."""
    lease, now = new_token(), now_ms()
    if held.leased_until > now:  # seen without a write, so that those who wait hinder nobody
        return None
    with parts.store.begin() as c:
        taken = c.execute(
            update(connections)
            .where(
                *_unchanged(held),
                or_(connections.c.refresh_until.is_(None), connections.c.refresh_until <= now),
            )
            .values(refresh_lease=lease, refresh_until=now + LEASE_MS)
        )
    return lease if taken.rowcount == 1 else None


def _renew(parts: Parts, held: Held, lease: str) -> str | None:
    """Ask Stora for new tokens, save them under the lease and return the access token.

    None when the lease was lost meanwhile: to another caller, a reconnect or a disconnect.
    """
    mine = connections.c.refresh_lease == lease
    try:
        grant = _ask(parts, held)
    except NeedsReauth:
        _end(parts, held, "Stora says that the authorisation is no longer valid.", mine)
        return None
    except StoraRefused as refused:
        if held.kind != "client_credentials":
            raise
        _end(parts, held, refused.message, mine)  # the operator's own application was changed
        return None
    credentials = replace(
        held.credentials,
        access_token=grant.access_token,
        refresh_token=grant.refresh_token or held.credentials.refresh_token,
    )
    with parts.store.begin() as c:
        saved = c.execute(
            update(connections)
            .where(connections.c.id == held.id, mine)
            .values(
                credentials_sealed=parts.vault.seal(credentials.to_json()),
                scopes=" ".join(grant.scopes or held.scopes),
                expires_at=grant.expires_at,
                refresh_lease=None,
                refresh_until=None,
                updated_at=now_ms(),
            )
        )
    if saved.rowcount:
        return grant.access_token
    log.warning("refresh_came_too_late", connection=held.id)
    with suppress(UnitwireError):
        auth.revoke(parts.stora, client_of(parts, held.credentials), grant.access_token)
    return None


def _ask(parts: Parts, held: Held) -> Grant:
    client = client_of(parts, held.credentials)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            if held.kind == "client_credentials":
                return auth.client_credentials(parts.stora, parts.settings, client, held.scopes)
            token = held.credentials.refresh_token or ""
            return auth.refresh(parts.stora, parts.settings, client, token)
        except StoraUnavailable as problem:
            if attempt == ATTEMPTS or not problem.lost:
                raise
    raise AssertionError("unreachable")


def _release(parts: Parts, held: Held, lease: str) -> None:
    with parts.store.begin() as c:
        c.execute(
            update(connections)
            .where(connections.c.id == held.id, connections.c.refresh_lease == lease)
            .values(refresh_lease=None, refresh_until=None)
        )
