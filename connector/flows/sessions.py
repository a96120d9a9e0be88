"""Who is at the browser: a session on the server, for one connection.

The cookie holds a random id and nothing else; here only its hash is kept. Signing in always makes
a new id, so one that somebody planted is worth nothing, and signing out ends it on the server.
Before signing in a browser has a random id too, that nobody keeps: it ties what the browser began
(Stora's consent, a form) to that browser.

There are two ways to sign in: Stora's own consent (`connect`), and, where an operator hosts
Unitwire for its own account, a link that `unitwire login` prints.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from connector.errors import Conflict, NotFound
from connector.flows import audit
from connector.flows.parts import Parts
from connector.flows.scopes import split
from connector.store.secrets import hash_token, same
from connector.store.tables import connections, pending_steps, sessions
from connector.world import new_token, now_ms

SESSION_MS = 8 * 3_600_000
LINK_MS = 600_000
ALIVE = ("active", "needs_reauth")

_ID = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Session:
    """A browser that is signed in, and what its connection may do."""

    connection_id: str
    operator: str
    scopes: tuple[str, ...]
    status: str = "active"


def browser_id(cookie: str | None) -> str | None:
    """Return the cookie's value if it has the form of an id, else None."""
    return cookie if cookie is not None and _ID.fullmatch(cookie) else None


def open_session(parts: Parts, connection_id: str, *, instead_of: str | None = None) -> str:
    """Sign a browser in for `connection_id`; return the new id for its cookie.

    `instead_of` is the cookie that the browser had; a session of that id ends.
    """
    new, now = new_token(), now_ms()
    with parts.store.begin() as transaction:
        if instead_of is not None:
            transaction.execute(
                delete(sessions).where(sessions.c.id_hash == hash_token(instead_of))
            )
        transaction.execute(
            insert(sessions).values(
                id_hash=hash_token(new),
                connection_id=connection_id,
                created_at=now,
                expires_at=now + SESSION_MS,
            )
        )
    return new


def find_session(parts: Parts, cookie: str | None, *, lapsed_too: bool = False) -> Session | None:
    """Return the session of a cookie, None if there is none or its connection is not active.

    With `lapsed_too` the connection may also be one that Stora no longer accepts: its operator may
    look at it, and renew it.
    """
    if browser_id(cookie) is None:
        return None
    with parts.store.read() as connection:
        row = connection.execute(
            select(
                connections.c.id,
                connections.c.operator,
                connections.c.scopes,
                connections.c.status,
            )
            .join(sessions, sessions.c.connection_id == connections.c.id)
            .where(
                sessions.c.id_hash == hash_token(str(cookie)),
                sessions.c.expires_at > now_ms(),
                connections.c.status.in_(ALIVE if lapsed_too else ALIVE[:1]),
            )
        ).one_or_none()
    if row is None:
        return None
    return Session(row.id, row.operator, split(row.scopes), row.status)


def end_session(parts: Parts, cookie: str) -> None:
    """Sign the browser out; its cookie is worth nothing afterwards."""
    with parts.store.begin() as transaction:
        transaction.execute(delete(sessions).where(sessions.c.id_hash == hash_token(cookie)))


def end_all_sessions(parts: Parts, connection_id: str, *, actor: str) -> int:
    """Sign every browser of a connection out; return how many there were."""
    with parts.store.begin() as transaction:
        ended = transaction.execute(
            delete(sessions).where(sessions.c.connection_id == connection_id)
        ).rowcount
        audit.record(
            transaction,
            actor=actor,
            action="sessions.ended",
            subject=connection_id,
            connection_id=connection_id,
        )
    return ended


def csrf_token(cookie: str) -> str:
    """Return what a form of this browser must send back: only who knows the cookie can make it."""
    return hmac.new(cookie.encode(), b"form", hashlib.sha256).hexdigest()


def is_own_form(cookie: str | None, token: str) -> bool:
    """Whether a form that sent `token` came from a page shown to this browser."""
    return cookie is not None and same(token, csrf_token(cookie))


def spend_form(parts: Parts, token: str) -> bool:
    """Whether the form that was shown with this token may be acted on: once; "" never may.

    What was sent is noted, not what was shown, so that a form that is only looked at leaves
    nothing. It is known for as long as a browser stays signed in.
    """
    if not token:
        return False
    now = now_ms()
    try:
        with parts.store.begin() as c:
            c.execute(
                insert(pending_steps).values(
                    state_hash=hash_token(token),
                    kind="form",
                    payload_sealed=parts.vault.seal("{}"),
                    expires_at=now + SESSION_MS,
                    spent_at=now,
                )
            )
    except IntegrityError:
        return False
    return True


def give_form_back(parts: Parts, token: str) -> None:
    """Let a form be sent again that was spent, because nothing came of it."""
    with parts.store.begin() as c:
        c.execute(
            delete(pending_steps).where(
                pending_steps.c.state_hash == hash_token(token), pending_steps.c.kind == "form"
            )
        )


# ---- the link of `unitwire login` --------------------------------------------------------------


def login_link(parts: Parts, connection_id: str) -> str:
    """Return a link that signs one browser in, once, within ten minutes.

    Raises `NotFound` unless the connection exists and is active.
    """
    code = new_token()
    with parts.store.begin() as transaction:
        _operator(transaction, connection_id)
        transaction.execute(
            insert(pending_steps).values(
                state_hash=hash_token(code),
                kind="login",
                payload_sealed=parts.vault.seal(json.dumps({"connection_id": connection_id})),
                expires_at=now_ms() + LINK_MS,
            )
        )
    return f"{parts.settings.origin}/login?code={code}"


def only_connection(parts: Parts) -> str:
    """Return the id of the one active connection; raises `NotFound` or `Conflict` (several)."""
    with parts.store.read() as connection:
        found = connection.scalars(
            select(connections.c.id).where(connections.c.status == "active").limit(2)
        ).all()
    if not found:
        raise NotFound("No Stora account is connected. Connect one first: `unitwire connect`.")
    if len(found) > 1:
        raise Conflict(
            "Several Stora accounts are connected: choose one with --connection. "
            "`unitwire connections list` shows them."
        )
    return str(found[0])


def operator_of_link(parts: Parts, code: str) -> str:
    """Return for which operator the link would sign in; raises `NotFound` if it no longer would."""
    with parts.store.read() as connection:
        sealed = connection.scalar(
            select(pending_steps.c.payload_sealed).where(*_open_link(code, now_ms()))
        )
        return _operator(connection, _connection_of(parts, sealed))


def sign_in(parts: Parts, code: str, *, instead_of: str | None = None) -> str:
    """Spend a link; return the id of the new session (see `open_session`).

    Raises `NotFound` if the link is spent or old.
    """
    now = now_ms()
    with parts.store.begin() as transaction:
        sealed = transaction.scalar(
            update(pending_steps)
            .where(*_open_link(code, now))
            .values(spent_at=now)
            .returning(pending_steps.c.payload_sealed)
        )
        connection_id = _connection_of(parts, sealed)
        _operator(transaction, connection_id)
    return open_session(parts, connection_id, instead_of=instead_of)


def _open_link(code: str, now: int) -> tuple[ColumnElement[bool], ...]:
    return (
        pending_steps.c.state_hash == hash_token(code),
        pending_steps.c.kind == "login",
        pending_steps.c.spent_at.is_(None),
        pending_steps.c.expires_at > now,
    )


def _connection_of(parts: Parts, sealed: str | None) -> str:
    if sealed is None:
        raise NotFound(
            "This sign-in link was used already or is older than ten minutes. "
            "`unitwire login` makes a new one."
        )
    return str(json.loads(parts.vault.open(sealed))["connection_id"])


def _operator(connection: Connection, connection_id: str) -> str:
    operator = connection.scalar(
        select(connections.c.operator).where(
            connections.c.id == connection_id, connections.c.status == "active"
        )
    )
    if operator is None:
        raise NotFound(f"There is no active connection {connection_id}.")
    return str(operator)
