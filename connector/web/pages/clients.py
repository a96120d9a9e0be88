"""Clients: the builders' apps that may ask for access, where one operator runs the installation.

With an application at Stora the clients are shared by all operators, and these pages are not there:
whoever runs the installation has the command line.
"""

from flask import Response

from connector.errors import InvalidContent, InvalidUrlParam, NotFound
from connector.flows import clients as flow
from connector.flows.audit import BROWSER
from connector.flows.clients import Client
from connector.platforms.builders import BUILDERS, NAMES
from connector.platforms.guide import Here
from connector.web.api import parts
from connector.web.pages import leave
from connector.web.pages.people import (
    asked,
    form,
    mine,
    people,
    sent_before,
    show,
    unspent_if_refused,
)

clients = people("clients")


@clients.before_request
def only_the_owner() -> None:
    """Hide all of it where there are many operators."""
    if not flow.is_one_operators_own(parts()):
        raise NotFound("Clients are looked after by whoever runs this installation.")


@clients.get("/clients")
def see_all() -> Response:
    """List all clients."""
    found = flow.list_clients(parts())
    return show(
        "clients.html",
        "account",
        clients=[each for each in reversed(found) if each.revoked_at is None],
        ended=sum(each.revoked_at is not None for each in found),
    )


@clients.get("/clients/new")
def choose() -> Response:
    """Show what registering a builder needs, as far as it is known."""
    platform = asked().get("platform", "")
    if platform and platform not in BUILDERS:
        raise InvalidUrlParam("There is no such builder.")
    return _form(platform)


@clients.post("/clients")
def add() -> Response:
    """Register a client and show its secret, only now; what is wrong is told beside the form.

    Loading that page again sends the form again, which registers nothing.
    """
    given = form()
    platform = given.get("platform", "")
    lost = "A secret is shown once: if it was not noted, open the builder and make a new one."
    if page := sent_before(lost, "/clients"):
        return page
    try:
        with unspent_if_refused():
            client, secret = flow.add_client(
                parts(),
                platform=platform,
                name=given.get("name", "").strip(),
                redirect_uris=given.get("redirect_uris", "").split(),
                public="public" in given,
                pkce="no_pkce" not in given,
                actor=BROWSER,
                connection_id=mine(),
            )
    except InvalidContent as error:
        return _form(platform, given, [each["message"] for each in error.details])
    return _one(client, secret=secret or "", is_new=True)


@clients.get("/clients/<client_id>")
def see(client_id: str) -> Response:
    """Show one client, and what depends on it."""
    return _one(_living(client_id))


@clients.post("/clients/<client_id>/rotate")
def rotate(client_id: str) -> Response:
    """Make a new secret and show it, only now."""
    lost = "A secret is shown once: if it was not noted, make another."
    if page := sent_before(lost, f"/clients/{client_id}"):
        return page
    with unspent_if_refused():
        secret = flow.rotate_client(parts(), client_id, actor=BROWSER, connection_id=mine())
    return _one(_living(client_id), secret=secret)


@clients.post("/clients/<client_id>/remove")
def remove(client_id: str) -> Response:
    """End a client and all its tokens."""
    flow.revoke_client(parts(), client_id, actor=BROWSER, connection_id=mine())
    return leave("/clients")


def _living(client_id: str) -> Client:
    client = flow.find_client(parts(), client_id)
    if client is None:
        raise NotFound("There is no such client; it may have been removed.")
    return client


def _one(client: Client, *, secret: str = "", is_new: bool = False) -> Response:
    return show(
        "client.html",
        "account",
        client=client,
        use=flow.use_of(parts(), client.id),
        secret=secret,
        is_new=is_new,
        here=Here(parts().settings.origin, client.id),
    )


def _form(
    platform: str, given: dict[str, str] | None = None, faults: list[str] | None = None
) -> Response:
    """Show the form. An address is filled in only where all have the same: what a link says is not
    trusted with it, and what was not said is not guessed.
    """
    tell = BUILDERS.get(platform)
    guide = tell(Here(parts().settings.origin)) if tell else None
    known = {"name": guide.name} if guide else {}
    like = ""
    if tell and guide and guide.example:
        like = tell(Here(parts().settings.origin, at=guide.example)).redirect_uri
    elif guide:
        known["redirect_uris"] = guide.redirect_uri
    return show(
        "client_new.html",
        "account",
        422 if faults else 200,
        platform=platform,
        platforms=NAMES,
        guide=guide,
        like=like,
        given=given or known,
        faults=faults,
    )
