"""The whole URL map, and operators who have one of everything: for tests that loop over routes.

A route whose path names something that is not known here makes every such test fail, so that
nobody adds one without a thought.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from stage import UPSTREAM_SECRET, connect, listen
from werkzeug.test import TestResponse

from connector import world
from connector.catalogue.samples import sample
from connector.flows.parts import Parts
from connector.flows.personal_tokens import add_token
from connector.flows.receive import receive
from connector.flows.replays import begin_backlog
from connector.flows.sessions import csrf_token, open_session
from connector.stora.signature import sign
from connector.store.tables import deliveries

ORIGIN = "https://unitwire.example.com"
COOKIE = "__Host-unitwire"

# For machines and watchers; what is in no other blueprint of these is a page for people.
MACHINES = frozenset(
    (
        *("webhook_endpoints", "event_types", "actions", "picklists", "deliveries"),
        *("oauth", "mcp", "hooks", "health"),
    )
)
FILES = ("openapi", "asyncapi", "static")  # the same for everybody

# What a path may name besides a tenant's things: the same for everybody too.
COMMON = {
    "key": "create_contact",
    "name": "event_types",
    "event_type": "invoice.paid",
    "slug": "n8n",
    "path": "README.md",
    "filename": "unitwire.css",
    "client_id": "app_0",  # clients are the installation's
}
UNKNOWN = "f" * 16  # where the ids of tenants have their number


@dataclass(frozen=True)
class Tenant:
    """One operator: a token, a signed-in browser, and its id for each name in a path."""

    connection_id: str
    token: str
    cookie: str
    ids: dict[str, str]


@dataclass(frozen=True)
class Call:
    """One route with one method; `names` are what its path names of a tenant's things."""

    method: str
    rule: str
    endpoint: str
    names: tuple[str, ...]

    @property
    def is_page(self) -> bool:
        """Whether it is for people."""
        return self.endpoint.partition(".")[0] not in (*MACHINES, *FILES)

    def path(self, ids: dict[str, str]) -> str:
        """Return the path with names filled in; raises KeyError for one that is not known."""
        path = self.rule.replace("<path:", "<")
        for name in self.names:
            path = path.replace(f"<{name}>", (COMMON | ids)[name])
        return path


def calls(app: Flask) -> Iterator[Call]:
    """Return every route with every method that does something."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            names = tuple(sorted(rule.arguments - set(rule.defaults or ())))
            yield Call(method, rule.rule, rule.endpoint, names)


def settle(parts: Parts, number: int) -> Tenant:
    """Give an operator one of everything that has an id."""
    digits = f"{number:016x}"
    connection_id = connect(parts, f"conn_{digits}", operator=f"Operator {number}")
    endpoint_id = listen(parts, f"we_{digits}", connection_id=connection_id)
    body = json.dumps(sample("invoice.paid", event_id=f"evt_{digits}")).encode()
    receive(parts, endpoint_id, sign(UPSTREAM_SECRET, body, world.now_ms() // 1000), body)
    with parts.store.begin() as c:
        mine = deliveries.c.connection_id == connection_id
        delivery_id = c.execute(select(deliveries.c.id).where(mine)).scalar_one()
        replay = begin_backlog(c, connection_id, endpoint_id, 1, 60)
    grant_id, token = add_token(parts, connection_id=connection_id)
    ids = {
        "endpoint_id": endpoint_id,
        "delivery_id": delivery_id,
        "replay_id": replay.id,
        "grant_id": grant_id,
        "event_id": f"evt_{digits}",
    }
    return Tenant(connection_id, token, open_session(parts, connection_id), ids)


# What the forms of all pages and the bodies of all API routes want, together.
FORM = {"per_minute": "60", "name": "x", "builder": "n8n", "way": "token", "decision": "refuse"}
BODIES: dict[str, dict[str, Any]] = {
    "webhook_endpoints.update_webhook_endpoint": {"name": "x"},
    "webhook_endpoints.test_webhook_endpoint": {"event_type": "invoice.paid"},
}


def ask(client: FlaskClient, call: Call, path: str, who: Tenant, **more: Any) -> TestResponse:
    """Make a call as its pages or its builder would."""
    options: dict[str, Any] = {"base_url": ORIGIN, "headers": {}}
    if call.is_page:
        client.set_cookie(COOKIE, who.cookie, domain="unitwire.example.com", secure=True)
        if call.method == "POST":
            options["data"] = FORM | {"csrf": csrf_token(who.cookie), "once": world.new_token()}
    else:
        options["headers"] = {"Authorization": f"Bearer {who.token}"}
        if call.method in ("POST", "PATCH"):
            options["json"] = BODIES.get(call.endpoint, {})
    options["headers"] |= more.pop("headers", {})
    return client.open(path, method=call.method, **options | more)
