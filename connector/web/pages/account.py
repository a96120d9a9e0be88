"""Account: the connection to Stora, who may act for it, browsers signed in, who changed what."""

from collections.abc import Callable, Mapping

from flask import Response

from connector.errors import InvalidContent
from connector.flows import account as flow
from connector.flows.audit import BROWSER
from connector.flows.clients import is_one_operators_own
from connector.flows.connect import connect_access_token, connect_client_credentials
from connector.flows.disconnect import disconnect
from connector.flows.personal_tokens import MAX_DAYS, add_token, list_grants
from connector.flows.scopes import rights, split
from connector.flows.sessions import end_all_sessions, open_session
from connector.flows.try_sandbox import connect_sandbox, operators
from connector.flows.workflows import names
from connector.web.api import parts
from connector.web.pages import browser, leave, page, remember
from connector.web.pages.people import (
    asked,
    form,
    mine,
    people,
    sent_before,
    session,
    show,
    unspent_if_refused,
)

account = people("account")

LISTEN = "public.webhook_endpoint:"
RIGHTS: Mapping[str, Callable[[str], bool]] = {
    "listen": lambda scope: scope.startswith(LISTEN),
    "read": lambda scope: scope.startswith(LISTEN) or scope.endswith(":read"),
    "all": lambda scope: True,
}
"""What a personal token may do: which of the connection's scopes it gets."""

ACTIONS = {
    "webhook_endpoint.created": "A workflow was added",
    "webhook_endpoint.changed": "A workflow was changed",
    "webhook_endpoint.removed": "A workflow was removed",
    "webhook_endpoint.disabled": "A workflow was switched off",
    "webhook_endpoint.paused": "A workflow was paused",
    "webhook_endpoint.resumed": "A workflow was resumed",
    "webhook_endpoint.filtered": "A filter was changed",
    "webhook_endpoint.secret_rotated": "A signing secret was renewed",
    "connection.connected": "Stora was connected",
    "connection.reconnected": "Stora was connected again",
    "connection.disconnected": "Stora was disconnected",
    "client.added": "A builder was registered",
    "client.secret_rotated": "A builder's secret was renewed",
    "client.revoked": "A builder was removed",
    "consent.given": "A builder was allowed",
    "consent.refused": "A builder was refused",
    "token.added": "A personal token was made",
    "token.revoked": "A token was ended",
    "contact.erased": "A contact was erased",
    "deliveries.replayed": "Deliveries were sent again",
    "deliveries.replay_cancelled": "Sending again was stopped",
    "sessions.ended": "All browsers were signed out",
}


@account.get("/account")
def see() -> Response:
    """Show the account."""
    return _page()


@account.post("/account/tokens")
def add() -> Response:
    """Make a personal token and show it, only now."""
    given = form()
    may = RIGHTS.get(given.get("rights", ""))
    if may is None:
        raise InvalidContent("Choose what the token may do.")
    days = given.get("days", "")
    if days and not (days.isascii() and days.isdigit() and 1 <= int(days[:6]) <= MAX_DAYS):
        raise InvalidContent(f"A token lasts 1 to {MAX_DAYS} days.")
    lost = "A token is shown once: if it was not noted, end it and make another."
    if again := sent_before(lost, "/account"):
        return again
    with unspent_if_refused():
        _, token = add_token(
            parts(),
            connection_id=mine(),
            scopes_asked=[scope for scope in session().scopes if may(scope)],
            name=given.get("name", "").strip(),
            days=int(days) if days else None,
            actor=BROWSER,
        )
    return _page(token)


@account.post("/account/grants/<grant_id>/revoke")
def revoke(grant_id: str) -> Response:
    """End a token, or what a builder was allowed."""
    flow.revoke_own_grant(parts(), mine(), grant_id, actor=BROWSER)
    return leave("/account")


@account.post("/account/sign_out_everywhere")
def sign_out_everywhere() -> Response:
    """End every session of this connection, this one too."""
    end_all_sessions(parts(), mine(), actor=BROWSER)
    text = "Every browser that was signed in for this account is signed out."
    return page("message.html", title="Signed out everywhere", text=text, back="/connect")


@account.post("/account/renew")
def renew() -> Response:
    """Connect the own account again: by an access token, client credentials or the sandbox."""
    given = form()
    if operator_id := given.get("sandbox", ""):
        connect_sandbox(parts(), operator_id, renewed=mine())
    elif token := given.get("token", "").strip():
        connect_access_token(parts(), token, actor=BROWSER, renewed=mine())
    else:
        connect_client_credentials(
            parts(),
            given.get("client_id", "").strip(),
            given.get("client_secret", "").strip(),
            actor=BROWSER,
            renewed=mine(),
        )
    signed_in = open_session(parts(), mine(), instead_of=browser())
    return remember(leave("/account"), signed_in)


@account.post("/account/disconnect")
def end() -> Response:
    """End the connection: nothing of it works afterwards."""
    left = disconnect(parts(), mine(), actor=BROWSER)
    text = "Stora is disconnected: no workflow hears anything any more, and no token works."
    if left:
        text += " Some webhook endpoints could not be removed in Stora; remove them there by hand."
    return page("message.html", title="Disconnected", text=text, back="/connect")


@account.get("/account/changes")
def changes() -> Response:
    """Show who changed what."""
    before = asked().get("before", "")[:64]
    rows, older = flow.changes(parts(), mine(), before=before)
    ids = {id for row in rows for id in (row.subject, row.actor)}
    known = dict(names(parts(), mine())) | flow.called(parts(), mine(), ids)
    return show(
        "changes.html",
        "account",
        rows=rows,
        older=older,
        before=before,
        actions=ACTIONS,
        known=known,
        own=is_one_operators_own(parts()),
    )


def _page(token: str | None = None) -> Response:
    linked = flow.connection_of(parts(), mine())
    grants = list_grants(parts(), mine())
    return show(
        "account.html",
        "account",
        linked=linked,
        rights=rights(split(linked.scopes)),
        grants=[each for each in grants if each.ended is None],
        ended=sum(each.ended is not None for each in grants),
        token=token,
        sandbox=operators(parts()) if linked.status != "active" else (),
        partner=not is_one_operators_own(parts()),
    )
