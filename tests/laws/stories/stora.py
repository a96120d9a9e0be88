"""Stora delivers an event, and renews a token."""

import json

from laws.stories.house import HOOK, House, Story
from laws.stories.person import come_back, linked
from sqlalchemy import select, update
from stage import UPSTREAM_SECRET, listen

from connector import world
from connector.catalogue.samples import sample
from connector.flows import refresh
from connector.flows.call import call_stora
from connector.flows.receive import receive
from connector.flows.refresh import access_token
from connector.stora.signature import sign
from connector.store.tables import connections, deliveries, events


def event_of(house: House, name: str) -> tuple[str, bytes]:
    """Return the id and the bytes of a new event for an endpoint that listens."""
    if name == "0":
        listen(house.parts, connection_id=house.connection_id, url=HOOK)
    event_id = f"evt_{name}"
    return event_id, json.dumps(sample("invoice.paid", event_id=event_id)).encode()


def arrive(house: House, event: tuple[str, bytes]) -> None:
    """Let Stora deliver it; where that ends well, it is kept."""
    signature = sign(UPSTREAM_SECRET, event[1], world.now_ms() // 1000)
    receive(house.parts, "we_1", signature, event[1])
    kept_once(house, event)


def kept_once(house: House, event: tuple[str, bytes]) -> None:
    """The event is there once, byte for byte, with one delivery that is due."""
    with house.parts.store.read() as c:
        (body_kept,) = c.execute(select(events.c.body).where(events.c.id == event[0])).scalars()
        (status,) = c.execute(
            select(deliveries.c.status).where(deliveries.c.event_id == event[0])
        ).scalars()
    assert (bytes(body_kept), status) == (event[1], "pending")


def expired(house: House, _name: str) -> str:
    """Let an operator's access token be over; return the connection."""
    connection_id = linked(house, come_back(house, ""))
    with house.parts.store.begin() as c:
        c.execute(update(connections).values(expires_at=world.now_ms() - 1))
    return connection_id


def renew(house: House, connection_id: str) -> str:
    """Ask for a token."""
    return access_token(house.parts, connection_id)


def renew_later(house: House, connection_id: str) -> None:
    """Ask for a token when the lease on renewing it has run out."""
    house.clock.sleep(refresh.LEASE_MS / 1000)
    renew(house, connection_id)


def still_linked(house: House, connection_id: str) -> None:
    """The connection needs no person, and Stora takes its token."""
    assert house.sandbox.access.find(access_token(house.parts, connection_id))
    assert call_stora(house.parts, connection_id, "GET", "/webhook_endpoints").status == 200


STORIES = {
    "receive": Story(event_of, arrive, arrive, kept_once, 4),
    "refresh": Story(expired, renew, renew_later, still_linked, 5),
}
