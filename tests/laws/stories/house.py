"""The house in which the stories play, and what a story is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from broker import BODY
from clock import Clock
from failing import Failing
from network import HARBOUR, Workflows
from sqlalchemy import delete

from connector.flows.callers import Caller
from connector.flows.connect import connect_access_token
from connector.flows.endpoints import Endpoint
from connector.flows.parts import Parts
from connector.flows.subscribe import subscribe
from connector.flows.sweep import UNFINISHED_MS, sweep
from connector.sandbox import Sandbox
from connector.store.tables import upstream_endpoints, webhook_endpoints

HOOK = "https://example.com/hook"
LATER_S = UNFINISHED_MS / 1000 + 1  # turns have run out, and what was begun is old


@dataclass
class House:
    """An installation whose steps can fail, with Stora and the workflows in this process."""

    parts: Parts
    sandbox: Sandbox
    failing: Failing
    workflows: Workflows
    clock: Clock
    connection_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.connection_id = connect_access_token(self.parts, f"{HARBOUR}-token")

    @property
    def app(self) -> Caller:
        """A platform's app that acts for the operator."""
        return Caller(
            connection_id=self.connection_id,
            operator=HARBOUR,
            platform="zapier",
            creator="app_1",
            client_id="app_1",
            token_id="fam_1",
            scopes=frozenset(),
            curies=(),
            expires_at=None,
            created_at=0,
        )

    def in_stora(self) -> list[dict[str, Any]]:
        """Return the webhook endpoints in the operator's account."""
        return self.sandbox.state.all(HARBOUR, "webhook_endpoint")

    def subscribed(self, external_id: str) -> Endpoint:
        """Return a new endpoint of workflow `external_id`."""
        return subscribe(self.parts, self.app, body(external_id)).endpoint

    def clear(self) -> None:
        """Leave no endpoint, here or there."""
        with self.parts.store.begin() as c:
            c.execute(delete(webhook_endpoints))
            c.execute(delete(upstream_endpoints))
        for found in self.in_stora():
            self.sandbox.state.delete(HARBOUR, "webhook_endpoint", found["id"])

    def swept(self) -> None:
        """Let time pass and the sweep come by."""
        self.clock.sleep(LATER_S)
        assert sweep(self.parts).failed == 0


def body(external_id: str, **changes: Any) -> dict[str, Any]:
    """Return the body of workflow `external_id`."""
    return BODY | {"metadata": {"external_id": external_id}} | changes


@dataclass(frozen=True)
class Story:
    """A flow: what comes before, the flow itself, what its caller does next, and the law."""

    prepare: Callable[[House, str], Any]
    act: Callable[[House, Any], Any]
    again: Callable[[House, Any], Any]
    law: Callable[[House, Any], None]
    least_steps: int
