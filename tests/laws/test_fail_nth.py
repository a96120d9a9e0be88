"""Fail the n-th: whichever step of a flow fails, before or after its effect, the laws hold.

Each story is told again and again, its first step failing, then its second, until none is left to
fail; after each time its caller does what it would do in life: Stora sends again, the builder
repeats its request, the person starts anew, the hourly sweep comes by, the dispatcher goes on.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from agreement import assert_agreed
from broker import BODY
from clock import Clock, clock  # noqa: F401  the fixture
from failing import Failing, Phase
from network import HARBOUR, STORA, Postman, StoraWire, Workflows, consent, make_sandbox
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError
from stage import UPSTREAM_SECRET, listen

from connector import dispatcher, world
from connector.catalogue.samples import sample
from connector.dispatcher import Dispatcher
from connector.errors import InvalidRequest, UnitwireError
from connector.flows import refresh
from connector.flows.call import call_stora
from connector.flows.callers import Caller
from connector.flows.connect import begin, connect_access_token, finish
from connector.flows.endpoints import Endpoint
from connector.flows.parts import Parts
from connector.flows.receive import receive
from connector.flows.refresh import access_token
from connector.flows.subscribe import change, enable, subscribe
from connector.flows.sweep import UNFINISHED_MS, sweep
from connector.flows.unsubscribe import disable, unsubscribe
from connector.sandbox import Sandbox
from connector.settings import Settings
from connector.stora.signature import sign
from connector.store.tables import (
    connections,
    deliveries,
    events,
    upstream_endpoints,
    webhook_endpoints,
)

BROWSER = "the cookie of a browser"
HOOK = "https://example.com/hook"
FAILURES = (UnitwireError, OperationalError)  # what a caller is told; anything else is a fault
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


@pytest.fixture(params=["before", "after"])
def house(
    request: pytest.FixtureRequest,
    make_settings: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,  # noqa: F811
) -> Iterator[House]:
    """An installation whose steps fail before they have their effect, or after."""
    from connector.flows.parts import open_parts

    phase: Phase = request.param
    parts = open_parts(
        make_settings(
            stora_api_url=STORA,
            stora_client_id="partner-id",
            stora_client_secret="partner-secret",
            retention_days=3650,
        )
    )
    sandbox = make_sandbox()
    failing = Failing(parts, phase, monkeypatch)
    parts.stora.wire = StoraWire(sandbox, failing.call)  # type: ignore[assignment]
    workflows = Workflows(failing.call)
    monkeypatch.setattr(dispatcher, "Sender", lambda *_, **__: Postman(workflows))
    yield House(parts, sandbox, failing, workflows, clock)
    parts.close()
    sandbox.state.close()


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


def agreed(house: House, _given: Any) -> None:
    """Unitwire and Stora agree."""
    assert_agreed(house.parts, house.in_stora())


# ---- the builder -------------------------------------------------------------------------------


def then_swept(act: Callable[[House, Any], Any]) -> Callable[[House, Any], Any]:
    """Let the builder repeat its request later, and the sweep come by."""

    def again(house: House, given: Any) -> None:
        house.clock.sleep(LATER_S)
        act(house, given)
        house.swept()

    return again


def builders(act: Callable[[House, Any], Any], least_steps: int) -> Story:
    """Return the story of a builder who changes an endpoint that is there."""
    return Story(House.subscribed, act, then_swept(act), agreed, least_steps)


def make(house: House, external_id: str) -> None:
    """Subscribe."""
    subscribe(house.parts, house.app, body(external_id))


def widen(house: House, endpoint: Endpoint) -> None:
    """Listen to other events."""
    change(house.parts, house.app, endpoint.id, {"event_types": ["deal.won", "deal.lost"]})


def switch_off(house: House, endpoint: Endpoint) -> None:
    """Disable."""
    disable(house.parts, endpoint.connection_id, endpoint.id)


def switch_on(house: House, endpoint: Endpoint) -> None:
    """Enable."""
    enable(house.parts, endpoint.connection_id, endpoint.id, actor="app_1")


def leave(house: House, endpoint: Endpoint) -> None:
    """Unsubscribe."""
    unsubscribe(house.parts, endpoint.connection_id, endpoint.id)


def disabled(house: House, external_id: str) -> Endpoint:
    """Return an endpoint that is switched off."""
    endpoint = house.subscribed(external_id)
    switch_off(house, endpoint)
    return endpoint


def astray(house: House, name: str) -> None:
    """Let one endpoint differ in Stora, one be missing and one be nobody's."""
    house.clear()
    for external_id in (f"{name}-a", f"{name}-b", f"{name}-c"):
        house.subscribed(external_id)
    different, missing, nobodys = house.in_stora()[-3:]
    state = house.sandbox.state
    state.put(HARBOUR, "webhook_endpoint", different["id"], {**different, "name": "Renamed"})
    state.delete(HARBOUR, "webhook_endpoint", missing["id"])
    nobody = {**nobodys, "id": f"we_{name}", "metadata": {**nobodys["metadata"]}}
    nobody["metadata"]["endpoint_id"] = "we_0000000000000000"
    nobody["url"] = nobodys["url"].rpartition("/")[0] + "/we_0000000000000000"
    state.put(HARBOUR, "webhook_endpoint", nobody["id"], nobody)


# ---- Stora -------------------------------------------------------------------------------------


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


# ---- the person --------------------------------------------------------------------------------


def come_back(house: House, _name: str) -> dict[str, str]:
    """Go to Stora's consent page and allow; return what the browser brings back."""
    with house.sandbox.test_client() as client:
        return consent(client, begin(house.parts, BROWSER, "/"))


def linked(house: House, back: dict[str, str]) -> str:
    """Finish the link; return the connection."""
    return finish(house.parts, browser=BROWSER, **back).connection_id


def start_anew(house: House, _back: dict[str, str]) -> None:
    """Go through consent once more."""
    linked(house, come_back(house, ""))


def connected(house: House, back: dict[str, str]) -> None:
    """The state makes one link at most, and every connection that there is works."""
    with suppress(InvalidRequest):
        linked(house, back)  # not yet spent, where spending it failed
    with pytest.raises(InvalidRequest):
        linked(house, back)
    with house.parts.store.read() as c:
        for connection_id in list(c.execute(select(connections.c.id)).scalars()):
            assert call_stora(house.parts, connection_id, "GET", "/webhook_endpoints")


# ---- the dispatcher ----------------------------------------------------------------------------


def waiting(house: House, name: str) -> tuple[str, bytes]:
    """Return an event that waits to be delivered, and a dispatcher that has just begun."""
    event = event_of(house, name)
    arrive(house, event)
    return event


def deliver(house: House, _event: tuple[str, bytes]) -> None:
    """Let a dispatcher work for a moment."""
    working = Dispatcher(house.parts)
    try:
        for _ in range(2):
            working.turn(0)
    finally:
        working._ear.close()


def deliver_later(house: House, event: tuple[str, bytes]) -> None:
    """Let another dispatcher go on when leases and waits have run out."""
    house.clock.sleep(60)
    deliver(house, event)


def delivered(house: House, event: tuple[str, bytes]) -> None:
    """It arrived, at least once, always the same, and the log says so."""
    assert set(house.workflows.received[HOOK, event[0]]) == {event[1]}
    with house.parts.store.read() as c:
        status = c.execute(select(deliveries.c.status).where(deliveries.c.event_id == event[0]))
        assert list(status.scalars()) == ["delivered"]


STORIES = {
    "subscribe": Story(lambda _, name: name, make, then_swept(make), agreed, 12),
    "change": builders(widen, 10),
    "disable": builders(switch_off, 8),
    "enable": Story(disabled, switch_on, then_swept(switch_on), agreed, 10),
    "unsubscribe": builders(leave, 6),
    "sweep": Story(astray, lambda h, _: sweep(h.parts), lambda h, _: h.swept(), agreed, 30),
    "receive": Story(event_of, arrive, arrive, kept_once, 4),
    "refresh": Story(expired, renew, renew_later, still_linked, 5),
    "connect": Story(come_back, linked, start_anew, connected, 8),
    "deliver": Story(waiting, deliver, deliver_later, delivered, 5),
}


@pytest.mark.parametrize("name", STORIES)
def test_the_laws_hold_whichever_step_fails(house: House, name: str) -> None:
    """Every database statement, commit and HTTP call of the flow is failed once."""
    story = STORIES[name]
    for number in itertools.count():
        given = story.prepare(house, str(number))
        told = SimpleNamespace(error=None)

        def act(given: Any = given, told: Any = told) -> None:
            try:
                story.act(house, given)
            except FAILURES as error:
                told.error = error

        failed = house.failing.fails(number, act)
        if failed:
            story.again(house, given)
        else:
            assert told.error is None
        story.law(house, given)
        if not failed:
            break
    assert number >= story.least_steps
