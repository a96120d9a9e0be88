"""An operator links a Stora account, in one of three ways that end in the same connection.

1. *Partner*: the browser goes to Stora's consent page (`begin`) and comes back with a code
   (`finish`). RFC 6749 section 4.1 with PKCE and `iss` (RFC 9207).
2. *Own account*: client id and client secret of the operator's own application.
3. *Own account*: an access token made by hand in Stora's BackOffice.

The state of way 1 lives ten minutes, belongs to the browser that began, and is spent by an UPDATE
that must touch one row *before* the code is exchanged: of ten hits at once one goes on.

An operator who comes back gets the connection back, with every endpoint and token of a builder
(see `recognise`). Who says which connection is `renewed` gets that one, or Conflict and no change.
"""

import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import insert, update

from connector.errors import (
    Forbidden,
    InvalidRequest,
    NeedsReauth,
    StoraRefused,
)
from connector.flows import audit
from connector.flows.call import join_budget
from connector.flows.clients import is_one_operators_own
from connector.flows.parts import Parts
from connector.flows.recognise import recognise, settle
from connector.flows.refresh import Credentials
from connector.settings import Settings
from connector.stora import auth
from connector.stora.auth import CREDENTIAL, Client, Grant
from connector.stora.refusals import text_of
from connector.store.secrets import hash_token, same
from connector.store.tables import connections, pending_steps
from connector.world import new_id, new_token, now_ms

STATE_MS = 600_000
LOCAL_PATH = re.compile(r"/(?![/\\])[\x21-\x7e]*")
START_AGAIN = (
    "This step was already done, is more than ten minutes old, or began in another browser. "
    "Start again at /connect."
)


@dataclass(frozen=True)
class Finished:
    """A link that was made, and the local path to go on to."""

    connection_id: str
    then: str


def begin(parts: Parts, browser: str, then: str, *, renewed: str | None = None) -> str:
    """Return the address of Stora's consent page for the browser whose cookie is `browser`.

    `then` is the local path to go on to afterwards. Raises InvalidRequest for another address,
    without a cookie, and when this installation has no application at Stora.
    """
    if not parts.settings.stora_client_id:
        raise InvalidRequest(
            "This installation has no application at Stora: set UNITWIRE_STORA_CLIENT_ID and "
            "UNITWIRE_STORA_CLIENT_SECRET, or connect your own account with `unitwire connect`."
        )
    if not browser or not LOCAL_PATH.fullmatch(then):
        raise InvalidRequest("Open /connect in a browser that keeps cookies, and start there.")
    state, verifier = new_token(), new_token()
    with parts.store.begin() as c:
        c.execute(
            insert(pending_steps).values(
                state_hash=hash_token(state),
                kind="stora",
                browser_hash=hash_token(browser),
                payload_sealed=parts.vault.seal(
                    json.dumps({"verifier": verifier, "then": then, "renewed": renewed})
                ),
                expires_at=now_ms() + STATE_MS,
            )
        )
    return auth.authorize_url(parts.settings, state, verifier)


def finish(
    parts: Parts,
    *,
    state: str,
    code: str,
    error: str,
    error_description: str,
    iss: str,
    browser: str,
) -> Finished:
    """Link the account whose operator came back from Stora; parameters are "" where absent.

    Raises InvalidRequest for a state that is unknown, spent, old or another browser's, and for a
    wrong `iss`; Conflict for another account than is renewed; Forbidden when the operator did not
    allow it; StoraRefused for other errors of Stora's; and whatever talking to Stora raises. In
    every case the way begins anew at `begin`.
    """
    verifier, then, renewed = _spend(parts, state, browser)
    if iss and not any(same(iss, issuer) for issuer in _issuers(parts.settings)):
        raise InvalidRequest("This answer does not come from Stora. Start again at /connect.")
    if error == "access_denied":
        raise Forbidden("Access to Stora was not allowed, so nothing was connected.")
    if error or not code:
        told = text_of(error_description) or text_of(error) or "no code was given"
        raise StoraRefused(f"Stora did not allow the connection: {told}")
    try:
        grant = auth.exchange(parts.stora, parts.settings, code, verifier)
    except NeedsReauth:
        raise InvalidRequest(
            "Stora no longer accepts this answer. Start again at /connect."
        ) from None
    linked = _link(parts, "partner", grant, actor=audit.BROWSER, renewed=renewed)
    return Finished(linked, then)


def connect_client_credentials(
    parts: Parts,
    client_id: str,
    client_secret: str,
    *,
    actor: str = audit.COMMAND_LINE,
    renewed: str | None = None,
) -> str:
    """Link the operator's own account by its application's credentials; return the connection's id.

    Asks for the scopes of the setting `stora_scopes`. Raises InvalidRequest for what cannot be
    credentials, StoraRefused for what Stora does not accept, Conflict for another account than is
    renewed, and whatever talking to Stora raises.
    """
    if not (CREDENTIAL.fullmatch(client_id) and CREDENTIAL.fullmatch(client_secret)):
        raise InvalidRequest("A client id and a client secret are 1 to 512 characters, no spaces.")
    own = Client(client_id, client_secret)
    scopes = parts.settings.stora_scopes
    grant = auth.client_credentials(parts.stora, parts.settings, own, scopes)
    return _link(parts, "client_credentials", grant, own, actor=actor, renewed=renewed)


def connect_access_token(
    parts: Parts, token: str, *, actor: str = audit.COMMAND_LINE, renewed: str | None = None
) -> str:
    """Link the operator's own account by an access token; return the connection's id.

    Raises InvalidRequest for a token that Stora does not know, Conflict for another account than is
    renewed, and whatever else talking to Stora raises.
    """
    if not CREDENTIAL.fullmatch(token):
        raise InvalidRequest("An access token is 1 to 512 characters, without spaces.")
    try:
        grant = Grant(token, None, None, ())
        return _link(parts, "access_token", grant, actor=actor, renewed=renewed)
    except NeedsReauth:
        raise InvalidRequest(
            "Stora does not know this access token. Make one in Stora's BackOffice, under "
            "Settings → Public API, and copy it whole."
        ) from None


# ---- the state ---------------------------------------------------------------------------------


def _spend(parts: Parts, state: str, browser: str) -> tuple[str, str, str | None]:
    """Spend a state; return its PKCE verifier, the path to go on to, and what is renewed."""
    spendable = (
        pending_steps.c.state_hash == hash_token(state),
        pending_steps.c.kind == "stora",
        pending_steps.c.browser_hash == hash_token(browser),
        pending_steps.c.spent_at.is_(None),
        pending_steps.c.expires_at > now_ms(),
    )
    with parts.store.begin() as c:
        payload = c.execute(
            update(pending_steps)
            .where(*spendable)
            .values(spent_at=now_ms())
            .returning(pending_steps.c.payload_sealed)
        ).scalar_one_or_none()
    if payload is None:
        raise InvalidRequest(START_AGAIN)
    kept = json.loads(parts.vault.open(payload))
    return kept["verifier"], kept["then"], kept["renewed"]


def _issuers(settings: Settings) -> set[str]:
    """Return what Stora may call itself in `iss`: the origin of any of its addresses."""
    urls = (settings.authorize_url, settings.token_url, settings.stora_api_url)
    return {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, urls)}


# ---- the link ----------------------------------------------------------------------------------


def _link(
    parts: Parts,
    kind: str,
    grant: Grant,
    own: Client | None = None,
    *,
    actor: str,
    renewed: str | None,
) -> str:
    """Save the tokens under the account's connection, a known one or a new one; return its id."""
    info = auth.token_info(parts.stora, grant.access_token)
    account = recognise(parts, grant.access_token)
    credentials = Credentials(grant.access_token, grant.refresh_token, own)
    scopes = info.scopes or grant.scopes or parts.settings.stora_scopes
    now = now_ms()
    values = {
        "kind": kind,
        "status": "active",
        "status_reason": None,
        "operator": info.operator,
        "scopes": " ".join(scopes),
        "credentials_sealed": parts.vault.seal(credentials.to_json()),
        "expires_at": grant.expires_at or info.expires_at,
        "refresh_lease": None,
        "refresh_until": None,
        "curies": json.dumps(account.curies),
        "updated_at": now,
    }
    trusted = is_one_operators_own(parts)
    with parts.store.begin() as c:
        connection_id = settle(c, account, new_id("conn"), renewed, trusted=trusted)
        returned = update(connections).where(connections.c.id == connection_id)
        action = "connection.reconnected"
        if not c.execute(returned.values(**values)).rowcount:
            action = "connection.connected"
            c.execute(insert(connections).values(id=connection_id, created_at=now, **values))
        join_budget(c, connection_id, account.budget)
        audit.record(
            c,
            actor=actor,
            action=action,
            subject=connection_id,
            connection_id=connection_id,
        )
    return connection_id
