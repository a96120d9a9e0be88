"""What tests of subscribing begin with: a body, and events that wait."""

from typing import Any

from broker import BODY, Broker
from stage import received, rows

from connector.store.tables import webhook_endpoints


def body(external_id: str = "abc_123", **changes: Any) -> dict[str, Any]:
    """Return the reference page's body for workflow `external_id`, with `changes`."""
    return BODY | {"metadata": {"source": "zapier", "external_id": external_id}} | changes


def living(broker: Broker) -> list[Any]:
    """Return the rows that were not removed."""
    return [row for row in rows(broker.parts, webhook_endpoints) if row.deleted_at is None]


def queue(broker: Broker, endpoint_id: str, event_id: str = "evt_1") -> None:
    """Let an event wait for its delivery."""
    broker.parts.ledger.record(
        received(
            event_id,
            connection_id=broker.connections[0],
            endpoint_id=endpoint_id,
            event_type="credit_note.created",
        )
    )
