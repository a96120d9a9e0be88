"""Samples: what an endpoint receives, shown before and sent without anything having happened.

A test event takes the way of a real one: kept durably, delivered, signed, retried, logged. Its id
begins with `evt_test_`, so that nobody takes it for something that happened. With the sandbox
what is made is about something that the sandbox has, so that a workflow's next step finds it.
"""

import json
from typing import Any

from sqlalchemy import select

from connector import world
from connector.catalogue.samples import envelope, sample
from connector.dialect.body import parse_json
from connector.errors import Conflict, UnitwireError
from connector.flows import deliveries as log
from connector.flows.endpoints import show
from connector.flows.parts import Parts
from connector.flows.try_sandbox import happening
from connector.store.ledger import Received
from connector.store.tables import deliveries, events

TEST = "evt_test"
SHOWN = 3
LOOKED_AT = 10_000  # newest deliveries of a connection among which real events are looked for


def send_test(parts: Parts, connection_id: str, endpoint_id: str) -> dict[str, Any]:
    """Send a sample of the endpoint's first event type; return its delivery (flows.deliveries).

    Raises NotFound, and Conflict while the endpoint is disabled.
    """
    endpoint = show(parts, connection_id, endpoint_id)
    if endpoint.status == "disabled":
        raise Conflict("The webhook endpoint is disabled. Enable it first.")
    now, event_type, event_id = world.now_ms(), endpoint.event_types[0], world.new_id(TEST)
    data = happening(parts, connection_id, event_type)
    body = (
        sample(event_type, at=now, event_id=event_id)
        if data is None
        else envelope(event_type, data, at=now, event_id=event_id)
    )
    delivery_id = world.new_ordered_id("dlv")
    parts.ledger.record(
        Received(
            connection_id=connection_id,
            endpoint_id=endpoint_id,
            event_id=event_id,
            event_type=event_type,
            occurred_at=body["event"]["created_at"],
            body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
            now=now,
            delivery_id=delivery_id,
            status="pending",
            reason=None,
            due=now,
            give_up_at=now + parts.settings.retry_hours * 3_600_000,
            finished_at=None,
        )
    )
    parts.bell.ring()
    return log.show_delivery(parts, connection_id, delivery_id)


def samples(parts: Parts, connection_id: str, event_type: str) -> list[dict[str, Any]]:
    """Return up to three bodies of `event_type`, newest first: this connection's real events.

    Where there is none, one that is made. Raises InvalidContent for an unknown type.
    """
    newest = (
        select(
            deliveries.c.id,
            deliveries.c.endpoint_id,
            deliveries.c.event_id,
            deliveries.c.event_type,
        )
        .where(deliveries.c.connection_id == connection_id)
        .order_by(deliveries.c.id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    statement = (
        select(events.c.id, events.c.body)
        .select_from(newest.join(events, log.its_event(newest, connection_id)))
        .where(newest.c.event_type == event_type, events.c.id.not_like(f"{TEST}~_%", escape="~"))
        .order_by(newest.c.id.desc())
    )
    found: dict[str, dict[str, Any]] = {}
    with parts.store.read() as c:
        for row in c.execute(statement):
            if row.id not in found and (body := _read(row.body)):
                found[row.id] = body
            if len(found) == SHOWN:
                break
    if found:
        return list(found.values())
    data = happening(parts, connection_id, event_type)
    return [sample(event_type) if data is None else envelope(event_type, data, at=world.now_ms())]


def _read(body: bytes) -> dict[str, Any] | None:
    """Return a kept body, None if it is JSON only to lenient readers."""
    try:
        value = parse_json(bytes(body))
    except UnitwireError:
        return None
    return value if isinstance(value, dict) else None
