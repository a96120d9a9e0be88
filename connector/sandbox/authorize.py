"""The authorize page: an operator allows or refuses what a partner asks (RFC 6749 section 4.1).

There is no log-in: whoever opens the page chooses which operator to be. PKCE is optional, as with
Stora, and then S256 only (RFC 7636).
A request whose client or redirect URI is wrong is refused on the page; every other fault goes back
to the client.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import MultiDict

from connector.sandbox.access import Access
from connector.sandbox.gate import Gate
from connector.sandbox.oauth_request import MAX_TEXT, NO_STORE, OAuthError, read_form
from connector.sandbox.scopes import describe_scope, split_scopes
from connector.sandbox.state import HOUSE, Document

PARAMETERS = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class RefusedHere(OAuthError):
    """A fault told on the page, since there is no proven address to send the browser back to."""

    def response(self) -> Response:
        """Return the page that says so."""
        return _page(400, "refused.html", **self.body())


class SentBack(OAuthError):
    """A fault told to the client by sending the browser back (RFC 6749 section 4.1.2.1)."""

    def __init__(self, asked: "Asked", error: str, description: str) -> None:
        self.asked = asked
        super().__init__(error, description)

    def response(self) -> Response:
        """Return the redirect that carries the error."""
        return _send_back(self.asked, self.body())


@dataclass(frozen=True)
class Asked:
    """An authorization request; `given` has every one of PARAMETERS, empty where it was absent."""

    application: Document
    given: dict[str, str]

    @property
    def scopes(self) -> list[str]:
        """Return the scopes that are asked for."""
        return split_scopes(self.given["scope"])


def blueprint(access: Access, gate: Gate) -> Blueprint:
    """Return the two routes of the page: show it, and take the decision."""
    page = Blueprint("authorize", __name__)
    page.before_request(gate.strike)
    page.register_error_handler(OAuthError, lambda error: error.response())

    @page.get("/oauth2/authorize")
    def show() -> Response:
        asked = _read(access, request.args)
        return _page(
            200,
            "authorize.html",
            application=asked.application["name"],
            operators=access.state.all(HOUSE, "operator"),
            scopes=[(scope, describe_scope(scope)) for scope in asked.scopes],
            given=asked.given,
        )

    @page.post("/oauth2/authorize")
    def decide() -> Response:
        form = read_form()
        asked = _read(access, form)
        if form.get("decision") != "allow":
            raise SentBack(asked, "access_denied", "The operator refused the authorization.")
        operator = form.get("operator", "")
        if access.state.get(HOUSE, "operator", operator) is None:
            raise RefusedHere("invalid_request", "Choose one of the operators.")
        code = access.new_code(
            {
                "client_id": asked.application["uid"],
                "operator": operator,
                "redirect_uri": asked.given["redirect_uri"],
                "scopes": asked.scopes,
                "challenge": asked.given["code_challenge"],
            }
        )
        return _send_back(asked, {"code": code})

    return page


def _read(access: Access, parameters: MultiDict[str, str]) -> Asked:
    given = {}
    for name in PARAMETERS:
        values = parameters.getlist(name)
        if len(values) > 1 or any(len(value) > MAX_TEXT for value in values):
            raise RefusedHere("invalid_request", f"{name} is given more than once or too long.")
        given[name] = values[0] if values else ""
    application = access.application(given["client_id"])
    if application is None:
        raise RefusedHere("invalid_client", "No application has this client_id.")
    if given["redirect_uri"] not in application["redirect_uris"]:
        raise RefusedHere("invalid_redirect_uri", "This redirect_uri is not registered.")
    asked = Asked(application, given)
    _check(asked)
    return asked


def _check(asked: Asked) -> None:
    given = asked.given
    if given["response_type"] != "code":
        raise SentBack(asked, "unsupported_response_type", "Only response_type=code is supported.")
    if not asked.scopes or not set(asked.scopes) <= set(asked.application["scopes"]):
        raise SentBack(asked, "invalid_scope", "The scope is missing, unknown or not allowed.")
    if given["code_challenge"] or given["code_challenge_method"]:
        if given["code_challenge_method"] != "S256":
            raise SentBack(asked, "invalid_request", "code_challenge_method must be S256.")
        if not _CHALLENGE.fullmatch(given["code_challenge"]):
            raise SentBack(asked, "invalid_request", "code_challenge is not a SHA-256 digest.")


def _page(status: int, template: str, **values: object) -> Response:
    return Response(render_template(template, **values), status, headers=NO_STORE)


def _send_back(asked: Asked, result: Mapping[str, str]) -> Response:
    target = asked.given["redirect_uri"]
    state = {"state": asked.given["state"]} if asked.given["state"] else {}
    joint = "&" if "?" in target else "?"
    location = target + joint + urlencode({**result, **state})
    return Response(status=303, headers={"Location": location, **NO_STORE})
