"""The stage: builders of each kind that ask for what /2025-09/webhook_endpoints has of its own.

What it has in common with Stora is in tests/contract.
"""

from typing import Any

import pytest
from broker import BODY, Broker
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.factory import app_of

PATH = "/2025-09/webhook_endpoints"


@pytest.fixture
def app(broker: Broker) -> Flask:
    """The web side of the broker."""
    return app_of(broker.parts)


class Builder:
    """A builder with one access token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.token = client, token

    def ask(
        self, method: str, path: str = "", key: str | None = None, **given: Any
    ) -> TestResponse:
        """Call a route of the resource."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.client.open(PATH + path, method=method, headers=headers, **given)

    def create(self, **changes: Any) -> dict[str, Any]:
        """Create an endpoint from the reference page's body, and `changes`."""
        response = self.ask("POST", json=BODY | changes)
        assert response.status_code == 201, response.text
        return dict(response.json["endpoint"])

    def patch(self, endpoint: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Change an endpoint."""
        response = self.ask("PATCH", f"/{endpoint['id']}", json=changes)
        assert response.status_code == 200, response.text
        return dict(response.json["endpoint"])


@pytest.fixture
def zapier(broker: Broker, app: Flask) -> Builder:
    """Zapier's app, which acts for the first operator."""
    return Builder(app.test_client(), broker.app_token("zapier"))


@pytest.fixture
def make(broker: Broker, app: Flask) -> Builder:
    """Make's app, which acts for the same operator."""
    return Builder(app.test_client(), broker.app_token("make"))


@pytest.fixture
def script(broker: Broker, app: Flask) -> Builder:
    """A script with a personal token of the same operator."""
    return Builder(app.test_client(), broker.personal_token())


@pytest.fixture
def stranger(broker: Broker, app: Flask) -> Builder:
    """Zapier's app, which acts for the other operator."""
    return Builder(app.test_client(), broker.app_token("zapier", operator=1))
