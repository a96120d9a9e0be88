"""Set-up: the first Stora account of an own installation is connected in a browser.

Nobody is signed in yet, so whoever runs Unitwire gets a link from `unitwire login` that lets one
browser do it, once, within ten minutes. It is spent only when the account is connected: a mistyped
token can be tried again.
"""

from sqlalchemy import ColumnElement, insert, select, update

from connector.errors import NotFound
from connector.flows.audit import BROWSER
from connector.flows.connect import connect_access_token, connect_client_credentials
from connector.flows.parts import Parts
from connector.flows.sessions import LINK_MS, open_session
from connector.flows.try_sandbox import connect_sandbox
from connector.store.secrets import hash_token
from connector.store.tables import pending_steps
from connector.world import new_token, now_ms


def setup_link(parts: Parts) -> str:
    """Return a link that lets one browser connect an account, once, within ten minutes."""
    code = new_token()
    with parts.store.begin() as c:
        c.execute(
            insert(pending_steps).values(
                state_hash=hash_token(code),
                kind="setup",
                payload_sealed=parts.vault.seal("{}"),
                expires_at=now_ms() + LINK_MS,
            )
        )
    return f"{parts.settings.origin}/setup?code={code}"


def check(parts: Parts, code: str) -> None:
    """Raise NotFound unless the link still works."""
    with parts.store.read() as c:
        if c.execute(select(pending_steps.c.kind).where(*_open(code))).first() is None:
            raise NotFound(
                "This set-up link was used already or is older than ten minutes. "
                "`unitwire login` makes a new one."
            )


def set_up(
    parts: Parts,
    code: str,
    *,
    token: str = "",
    client_id: str = "",
    client_secret: str = "",
    sandbox: str = "",
    instead_of: str | None = None,
) -> str:
    """Connect an account; return the id of a new session.

    It is an operator of the `sandbox`, by its id, else the account of an access token, else that of
    client credentials. Raises NotFound for a link that works no more, and what flows.connect and
    flows.try_sandbox raise; then the link still works.
    """
    check(parts, code)
    if sandbox:
        connection_id = connect_sandbox(parts, sandbox)
    elif token:
        connection_id = connect_access_token(parts, token, actor=BROWSER)
    else:
        connection_id = connect_client_credentials(parts, client_id, client_secret, actor=BROWSER)
    with parts.store.begin() as c:
        c.execute(update(pending_steps).where(*_open(code)).values(spent_at=now_ms()))
    return open_session(parts, connection_id, instead_of=instead_of)


def _open(code: str) -> tuple[ColumnElement[bool], ...]:
    return (
        pending_steps.c.state_hash == hash_token(code),
        pending_steps.c.kind == "setup",
        pending_steps.c.spent_at.is_(None),
        pending_steps.c.expires_at > now_ms(),
    )
