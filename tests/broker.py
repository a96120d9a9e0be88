"""Unitwire between two operators' Stora accounts and their builders, for tests.

The sandbox is Stora, on a real socket; both of its operators have connected their account.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from served import served
from sqlalchemy import insert

from connector import world
from connector.flows.callers import Caller
from connector.flows.clients import add_client
from connector.flows.connect import connect_access_token
from connector.flows.parts import Parts, open_parts
from connector.flows.personal_tokens import add_token
from connector.sandbox import Operator, Sandbox, create_sandbox
from connector.sandbox.faults import ApiFault
from connector.settings import Settings
from connector.store.secrets import hash_token
from connector.store.tables import token_families, tokens

OPERATORS = ("harbour", "hilltop")
READ, WRITE = "public.webhook_endpoint:read", "public.webhook_endpoint:write"
BODY: dict[str, Any] = {
    "name": "My New Webhook",
    "api_version": "2025-09",
    "url": "https://example.com/new_webhook",
    "event_types": ["credit_note.created"],
    "description": "A new webhook endpoint",
    "metadata": {"source": "zapier", "external_id": "abc_123"},
}


@dataclass
class Stora:
    """The sandbox on a socket."""

    sandbox: Sandbox
    url: str

    def endpoints(self, operator: int = 0) -> list[dict[str, Any]]:
        """Return the webhook endpoints in an operator's account, oldest first, with secrets."""
        return self.sandbox.state.all(OPERATORS[operator], "webhook_endpoint")

    def put(self, endpoint: dict[str, Any], operator: int = 0, **changes: Any) -> None:
        """Change or add an endpoint behind Unitwire's back."""
        changed = {**endpoint, **changes}
        self.sandbox.state.put(OPERATORS[operator], "webhook_endpoint", changed["id"], changed)

    def delete(self, endpoint: dict[str, Any], operator: int = 0) -> None:
        """Remove an endpoint behind Unitwire's back."""
        self.sandbox.state.delete(OPERATORS[operator], "webhook_endpoint", endpoint["id"])

    def fail(self, kind: Any, method: str = "POST", times: int = 1, path: str = "/2025-09") -> None:
        """Let the next calls go wrong (see connector.sandbox.faults)."""
        self.sandbox.faults.set([ApiFault(kind, times, path, method, 0.0)], [])

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self.sandbox.faults.set([], [])

    def calls(self, method: str) -> list[str]:
        """Return the paths that were called with `method`, in order."""
        return [entry["path"] for entry in self.sandbox.gate.log if entry["method"] == method]


@contextmanager
def serve_stora(**options: Any) -> Iterator[Stora]:
    """Serve a sandbox with two operators."""
    operators = [Operator(id, f"{id.title()} Storage", f"{id}-token") for id in OPERATORS]
    sandbox = create_sandbox(
        **{"limits": False, "allow_http_loopback": True, "operators": operators, **options}
    )
    with served(sandbox) as url:
        yield Stora(sandbox, url)
    sandbox.state.close()


@dataclass
class Broker:
    """An installation whose two connections are the sandbox's operators."""

    parts: Parts
    stora: Stora
    connections: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connections = [
            connect_access_token(self.parts, f"{operator}-token") for operator in OPERATORS
        ]

    def app(self, platform: str = "zapier", operator: int = 0) -> Caller:
        """Return a platform's app that acts for an operator."""
        return Caller(
            connection_id=self.connections[operator],
            operator=OPERATORS[operator],
            platform=platform,
            creator="app_531844f4c4837d61",
            client_id="app_531844f4c4837d61",
            token_id="fam_1",
            scopes=frozenset({READ, WRITE}),
            curies=(),
            expires_at=None,
            created_at=0,
        )

    def script(self, operator: int = 0) -> Caller:
        """Return a script with a personal token."""
        return Caller(
            connection_id=self.connections[operator],
            operator=OPERATORS[operator],
            platform="custom",
            creator="tok_5b0f6ce1a7d94e32",
            client_id=None,
            token_id="tok_5b0f6ce1a7d94e32",
            scopes=frozenset({READ, WRITE}),
            curies=(),
            expires_at=None,
            created_at=0,
        )

    def personal_token(self, scopes: str = f"{READ} {WRITE}", operator: int = 0) -> str:
        """Return a personal token."""
        _, token = add_token(
            self.parts, connection_id=self.connections[operator], scopes_asked=scopes.split()
        )
        return token

    def app_token(self, platform: str = "zapier", operator: int = 0) -> str:
        """Return an access token of a platform's app, as consent gives it."""
        client, _ = add_client(
            self.parts,
            platform=platform,
            name=platform,
            redirect_uris=(f"https://{platform}.example.com/callback",),
        )
        token, family_id, now = world.new_token(), world.new_id("fam"), world.now_ms()
        written = {"scopes": f"{READ} {WRITE}", "created_at": now}
        with self.parts.store.begin() as c:
            c.execute(
                insert(token_families).values(
                    id=family_id,
                    connection_id=self.connections[operator],
                    client_id=client.id,
                    name="",
                    **written,
                )
            )
            c.execute(
                insert(tokens).values(
                    token_hash=hash_token(token), family_id=family_id, kind="access", **written
                )
            )
        return token


@pytest.fixture
def stora() -> Iterator[Stora]:
    """The sandbox on a socket."""
    with serve_stora() as stora:
        yield stora


@pytest.fixture
def broker(make_settings: Callable[..., Settings], stora: Stora) -> Iterator[Broker]:
    """An installation with two connections, once on each store."""
    parts = open_parts(make_settings(stora_api_url=stora.url))
    yield Broker(parts, stora)
    parts.close()
