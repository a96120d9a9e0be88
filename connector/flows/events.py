"""Events: what arrived from Stora, as people look at it.

An event belongs to the webhook endpoint that it arrived for, and one delivery comes out of each.
Stora gives an event one id for all endpoints, so an id may name several arrivals.
"""

from typing import Any

from sqlalchemy import Row, and_, select

from connector import world
from connector.errors import NotFound
from connector.flows.deliveries import document as delivery_document
from connector.flows.deliveries import with_event
from connector.flows.parts import Parts
from connector.store.tables import deliveries, events, webhook_endpoints


def show_event(parts: Parts, connection_id: str, event_id: str) -> dict[str, Any]:
    """Return an event with its body, as text, and its deliveries; raises NotFound."""
    with parts.store.read() as connection:
        arrivals = connection.execute(
            select(events)
            .join(
                webhook_endpoints,
                and_(
                    webhook_endpoints.c.connection_id == events.c.connection_id,
                    webhook_endpoints.c.id == events.c.endpoint_id,
                ),
            )
            .where(webhook_endpoints.c.connection_id == connection_id, events.c.id == event_id)
            .order_by(events.c.received_at)
        ).all()
        if not arrivals:
            raise NotFound("There is no such event.")
        sent = connection.execute(
            with_event(
                deliveries.c.connection_id == connection_id,
                deliveries.c.id.in_([arrival.delivery_id for arrival in arrivals]),
            ).order_by(deliveries.c.id)
        )
        return document(arrivals[0]) | {"deliveries": [delivery_document(row) for row in sent]}


def document(event: Row[Any]) -> dict[str, Any]:
    """Return an event as the command line shows it."""
    return {
        "id": event.id,
        "type": event.type,
        "created_at": event.occurred_at,
        "received_at": world.iso(event.received_at),
        "repeats": event.repeats,
        "body": bytes(event.body).decode("utf-8", "replace"),
    }
