"""A sandbox with two operators, a partner, and the hands that use it."""

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from connector.sandbox import Operator, Partner, Sandbox, create_sandbox

REDIRECT_URI = "https://unitwire.example/connect/callback"
VERIFIER = "v" * 43
PARTNER = Partner("partner-id", "partner-secret", [REDIRECT_URI], "Unitwire for Stora")
OPERATORS = [
    Operator("harbour", "Harbour Self Storage", "harbour-token", "harbour-id", "harbour-secret"),
    Operator("hilltop", "Hilltop Storage", "hilltop-token", "hilltop-id", "hilltop-secret"),
]
ENDPOINTS = "/2025-09/webhook_endpoints"


class Hands:
    """What tests do to a sandbox, through its HTTP surface."""

    operator = OPERATORS[0]
    stranger = OPERATORS[1]
    partner = PARTNER
    endpoints = ENDPOINTS

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def bearer(self, token: str = OPERATORS[0].token) -> dict[str, str]:
        """Return the header that carries `token`."""
        return {"Authorization": f"Bearer {token}"}

    def listen(self, url: str, *event_types: str, token: str = OPERATORS[0].token) -> Any:
        """Create a webhook endpoint and return it."""
        body = {"name": "N", "api_version": "2025-09", "url": url, "event_types": event_types}
        response = self.client.post(ENDPOINTS, json=body, headers=self.bearer(token))
        assert response.status_code == 201, response.text
        return response.json["endpoint"]

    def trigger(self, event_type: str, **more: Any) -> Any:
        """Let something happen and return the answer."""
        response = self.client.post("/_sandbox/trigger", json={"event_type": event_type, **more})
        assert response.status_code == 201, response.text
        return response.json

    def set_faults(self, **dials: Any) -> None:
        """Turn the dials."""
        assert self.client.put("/_sandbox/faults", json=dials).status_code == 200

    def deliveries(self) -> Any:
        """Return the log of deliveries, oldest first."""
        return self.client.get("/_sandbox/deliveries").json["deliveries"][::-1]

    def asked(self, **changes: Any) -> dict[str, Any]:
        """Return the parameters of a good authorization request; None removes one."""
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        good = {
            "response_type": "code",
            "client_id": PARTNER.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": "public.webhook_endpoint:read public.webhook_endpoint:write",
            "state": "the state & more",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return {key: value for key, value in (good | changes).items() if value is not None}

    def allow(self, operator: str = "harbour", **changes: Any) -> str:
        """Allow what is asked and return the code."""
        form = self.asked(**changes) | {"operator": operator, "decision": "allow"}
        response = self.client.post("/oauth2/authorize", data=form)
        assert response.status_code == 303, response.text
        return parse_qs(urlsplit(response.location).query)["code"][0]

    def token(self, **parameters: Any) -> Any:
        """Ask the token endpoint as the partner; None removes a parameter."""
        given = {"client_id": PARTNER.client_id, "client_secret": PARTNER.client_secret}
        given |= parameters
        return self.client.post(
            "/oauth2/token", json={key: text for key, text in given.items() if text is not None}
        )

    def exchange(self, code: str, /, **changes: Any) -> Any:
        """Exchange a code for tokens."""
        good = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        return self.token(**(good | changes))

    def connect(self, operator: str = "harbour") -> Any:
        """Go through the whole flow and return the token answer."""
        return self.exchange(self.allow(operator)).json

    def refresh(self, refresh_token: str, **changes: Any) -> Any:
        """Refresh."""
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **changes)

    def info(self, token: str) -> Any:
        """Ask who a token is."""
        return self.client.get("/oauth2/token/info", headers=self.bearer(token))

    def wait_for(self, true: Callable[[], object]) -> None:
        """Wait until something is true, ten seconds at most."""
        deadline = time.monotonic() + 10
        while not true():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.005)


@pytest.fixture
def make() -> Iterator[Callable[..., Sandbox]]:
    """Make sandboxes with the usual cast; their deliverers are stopped at the end."""
    made = []

    def make(**options: Any) -> Sandbox:
        usual = {"operators": OPERATORS, "partner": PARTNER, "limits": False}
        sandbox = create_sandbox(**(usual | {"allow_http_loopback": True} | options))
        made.append(sandbox)
        return sandbox

    yield make
    for sandbox in made:
        sandbox.deliverer.stop()
        sandbox.state.close()


@pytest.fixture
def sandbox(make: Callable[..., Sandbox]) -> Sandbox:
    """A sandbox in memory."""
    return make()


@pytest.fixture
def hands(sandbox: Sandbox) -> Hands:
    """Hands on the sandbox in memory."""
    return Hands(sandbox.test_client())


@pytest.fixture
def hands_on() -> type[Hands]:
    """Hands for another sandbox: `hands_on(sandbox.test_client())`."""
    return Hands
