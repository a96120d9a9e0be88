"""Harbour, an operator who is signed in, and Zapier, a builder that wants to act for it."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import stage
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.flows.clients import Client, add_client
from connector.flows.parts import Parts
from connector.flows.sessions import csrf_token, open_session

REDIRECT_URI = "https://zapier.com/oauth/return?app=unitwire"
SCOPES = ("public.contact:read", "public.deal:write", "public.webhook_endpoint:write")
VERIFIER = "a-verifier-of-the-least-length-is-43-chars."


@dataclass
class Builder:
    """A builder's app with an operator's browser: what tests do to Unitwire as its provider."""

    parts: Parts
    app: Flask
    connection_id: str
    client: Client
    secret: str | None
    browser: FlaskClient = field(init=False)
    server: FlaskClient = field(init=False)
    verifier = VERIFIER
    redirect_uri = REDIRECT_URI
    challenge = (
        base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    )

    def __post_init__(self) -> None:
        self.browser = self.app.test_client()
        self.server = self.app.test_client(use_cookies=False)

    def sign_in(self, connection_id: str | None = None) -> str:
        """Sign the browser in; return its cookie's value."""
        cookie = open_session(self.parts, connection_id or self.connection_id)
        self.browser.set_cookie("unitwire", cookie, domain="127.0.0.1")
        return cookie

    def asked(self, **changes: str | None) -> dict[str, str]:
        """Return the parameters of a good authorization request; None removes one."""
        good = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": REDIRECT_URI,
            "scope": " ".join(SCOPES),
            "state": "the state & more",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        }
        return {name: text for name, text in (good | changes).items() if text is not None}

    def ask(self, **changes: str | None) -> TestResponse:
        """Open the authorize page."""
        return self.open(urlencode(self.asked(**changes)))

    def open(self, query: str) -> TestResponse:
        """Open the authorize page with a query string as it is."""
        return self.browser.get(f"/oauth2/authorize?{query}", base_url="http://127.0.0.1:8080")

    def decide(self, decision: str = "allow", **changes: str | None) -> TestResponse:
        """Send the form of the page, as the browser would."""
        cookie = self.browser.get_cookie("unitwire", domain="127.0.0.1")
        csrf = csrf_token(cookie.value) if cookie else ""
        return self.browser.post(
            f"/oauth2/authorize?{urlencode(self.asked(**changes))}",
            data={"csrf": csrf, "decision": decision},
            base_url="http://127.0.0.1:8080",
        )

    def code(self, **changes: str | None) -> str:
        """Go through consent and return the code."""
        self.sign_in()
        return brought(self.decide(**changes))["code"]

    def token(self, **given: Any) -> TestResponse:
        """Ask the token endpoint; the client proves itself in the body unless told otherwise."""
        own = {"client_id": self.client.id, "client_secret": self.secret}
        return self.post("/oauth2/token", own | given)

    def post(self, path: str, given: dict[str, Any], **more: Any) -> TestResponse:
        """Post a form without the parameters that are None."""
        form = {name: value for name, value in given.items() if value is not None}
        return self.server.post(path, data=form, **more)

    def exchange(self, code: str, /, **changes: Any) -> TestResponse:
        """Exchange a code."""
        good = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        return self.token(**(good | changes))

    def refresh(self, refresh_token: str, /, **changes: Any) -> TestResponse:
        """Refresh."""
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **changes)

    def connect(self, **changes: str | None) -> dict[str, Any]:
        """Go all the way and return the answer of the token endpoint."""
        answer = self.exchange(self.code(**changes))
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def revoke(self, token: str, /, **changes: Any) -> TestResponse:
        """Revoke a token."""
        own = {"client_id": self.client.id, "client_secret": self.secret, "token": token}
        return self.post("/oauth2/revoke", own | changes)

    def info(self, token: str) -> TestResponse:
        """Ask who a token is."""
        return self.server.get("/oauth2/token/info", headers={"Authorization": f"Bearer {token}"})

    def works(self, token: str) -> bool:
        """Whether an access token is good."""
        return self.info(token).status_code == 200


def brought(answer: TestResponse) -> dict[str, str]:
    """Return what a redirect to the builder carries, besides the redirect URI's own query."""
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith(REDIRECT_URI + "&"), answer.location
    query = parse_qs(urlsplit(answer.location).query, strict_parsing=True)
    assert query.pop("app") == ["unitwire"]
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}


def assert_refused(answer: TestResponse, error: str, status: int = 400) -> None:
    """Assert an error of RFC 6749 section 5.2, from the token or the revocation endpoint."""
    assert answer.status_code == status, answer.text
    assert answer.json.keys() == {"error", "error_description"}
    assert answer.json["error"] == error
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture(name="brought")
def _brought() -> Callable[[TestResponse], dict[str, str]]:
    """What a redirect to the builder carries."""
    return brought


@pytest.fixture
def refused() -> Callable[..., None]:
    """The assertion that the token or revocation endpoint refused."""
    return assert_refused


@pytest.fixture
def make_builder(parts: Parts, app: Flask) -> Callable[..., Builder]:
    """Return a function that registers a builder's app, with changes to what is registered."""
    connection_id = stage.connect(parts, scopes=" ".join(SCOPES), operator="Harbour Self Storage")

    def make(**changes: Any) -> Builder:
        given: dict[str, Any] = {
            "platform": "zapier",
            "name": "Zapier",
            "redirect_uris": [REDIRECT_URI],
            "scopes_allowed": SCOPES,
        }
        client, secret = add_client(parts, **(given | changes))
        return Builder(parts, app, connection_id, client, secret)

    return make


@pytest.fixture
def builder(make_builder: Callable[..., Builder]) -> Builder:
    """Zapier, a confidential client."""
    return make_builder()
