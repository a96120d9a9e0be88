"""Rows that tests of the hot path begin with: one connection with one webhook endpoint."""

import json
from typing import Any

from sqlalchemy import insert, select

from connector import world
from connector.catalogue import API_VERSION
from connector.flows.parts import Parts
from connector.store.ledger import Received
from connector.store.tables import (
    connections,
    deliveries,
    events,
    upstream_endpoints,
    webhook_endpoints,
)

SECRET = "5a" * 32  # what Unitwire signs with
UPSTREAM_SECRET = "b7" * 32  # what Stora signs with


def connect(parts: Parts, connection_id: str = "conn_1", **changes: Any) -> str:
    """Insert an active connection."""
    now = world.now_ms()
    values = {
        "id": connection_id,
        "kind": "access_token",
        "status": "active",
        "operator": "Harbour Self Storage",
        "scopes": "public.webhook_endpoint:read public.webhook_endpoint:write",
        "credentials_sealed": parts.vault.seal(json.dumps({"access_token": "t"})),
        "created_at": now,
        "updated_at": now,
    }
    with parts.store.begin() as connection:
        connection.execute(insert(connections).values(values | changes))
    return connection_id


def listen(
    parts: Parts,
    endpoint_id: str = "we_1",
    *,
    connection_id: str = "conn_1",
    url: str = "https://example.com/hook",
    event_types: tuple[str, ...] = ("invoice.paid",),
    **changes: Any,
) -> str:
    """Insert a webhook endpoint that is ready in Stora."""
    now = world.now_ms()
    values = {
        "connection_id": connection_id,
        "id": endpoint_id,
        "source": "zapier",
        "external_id": f"x-{endpoint_id}",
        "name": "A workflow",
        "api_version": API_VERSION,
        "url": url,
        "event_types": json.dumps(event_types),
        "metadata": "{}",
        "status": "enabled",
        "secret_sealed": parts.vault.seal(SECRET),
        "creator": "app_1",
        "upstream": "ready",
        "upstream_key": "k",
        "upstream_key_at": now,
        "created_at": now,
        "updated_at": now,
    }
    with parts.store.begin() as connection:
        connection.execute(insert(webhook_endpoints).values(values | changes))
        connection.execute(
            insert(upstream_endpoints).values(
                connection_id=connection_id,
                id=f"up_{endpoint_id}",
                endpoint_id=endpoint_id,
                status="live",
                secret_sealed=parts.vault.seal(UPSTREAM_SECRET),
                created_at=now,
                updated_at=now,
            )
        )
    return endpoint_id


def received(event_id: str = "evt_1", *, now: int | None = None, **changes: Any) -> Received:
    """Return an event as it is handed to the ledger, with a delivery that is due at once."""
    at = world.now_ms() if now is None else now
    values = {
        "connection_id": "conn_1",
        "endpoint_id": "we_1",
        "event_id": event_id,
        "event_type": "invoice.paid",
        "occurred_at": None,
        "body": b"{}",
        "now": at,
        "delivery_id": world.new_ordered_id("dlv"),
        "status": "pending",
        "reason": None,
        "due": at,
        "give_up_at": at + 1_000_000,
        "finished_at": None,
    }
    return Received(**values | changes)


def rows(parts: Parts, table: Any) -> list[Any]:
    """Return all rows of `table`."""
    with parts.store.read() as connection:
        return list(connection.execute(select(table)))


def all_events(parts: Parts) -> list[Any]:
    """Return all events."""
    return rows(parts, events)


def all_deliveries(parts: Parts) -> list[Any]:
    """Return all deliveries."""
    return rows(parts, deliveries)
