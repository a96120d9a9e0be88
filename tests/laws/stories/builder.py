"""The builder subscribes, changes and leaves; the sweep comes by."""

from collections.abc import Callable
from typing import Any

from agreement import assert_agreed
from laws.stories.house import LATER_S, House, Story, body
from network import HARBOUR

from connector.flows.endpoints import Endpoint
from connector.flows.subscribe import change, enable, subscribe
from connector.flows.sweep import sweep
from connector.flows.unsubscribe import disable, unsubscribe


def agreed(house: House, _given: Any) -> None:
    """Unitwire and Stora agree."""
    assert_agreed(house.parts, house.in_stora())


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


STORIES = {
    "subscribe": Story(lambda _, name: name, make, then_swept(make), agreed, 12),
    "change": builders(widen, 10),
    "disable": builders(switch_off, 8),
    "enable": Story(disabled, switch_on, then_swept(switch_on), agreed, 10),
    "unsubscribe": builders(leave, 6),
    "sweep": Story(astray, lambda h, _: sweep(h.parts), lambda h, _: h.swept(), agreed, 30),
}
