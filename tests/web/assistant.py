"""An assistant that speaks MCP to Unitwire with the token of an operator."""

from typing import Any

from broker import Broker
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.factory import app_of
from connector.settings import ALL_SCOPES

ALL = " ".join(ALL_SCOPES)


class Assistant:
    """Speaks MCP to Unitwire with one token."""

    def __init__(self, client: FlaskClient, token: str | None) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def post(self, message: object, **headers: str) -> TestResponse:
        """Send one message."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/mcp", json=message, headers=self.headers | named)

    def ask(self, method: str, params: object = None, id: object = 1) -> dict[str, Any]:
        """Return the answer to a request."""
        message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}
        answer = self.post(message)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.get_json()
        assert (told["jsonrpc"], told["id"]) == ("2.0", id)
        return told

    def call(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Return what a tool results in."""
        result: dict[str, Any] = self.ask("tools/call", {"name": name, "arguments": arguments})[
            "result"
        ]
        return result


def assistant(broker: Broker, scopes: str = ALL, operator: int = 0) -> Assistant:
    """Return an assistant of an operator."""
    token = broker.personal_token(scopes, operator)
    return Assistant(app_of(broker.parts).test_client(), token)
