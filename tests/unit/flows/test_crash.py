"""A process that dies at any step of a change leaves something that is mended.

A `Mortal` installation dies before or after its n-th transaction or call of Stora; from then on
nothing of it works, as after `kill -9`. Each story is run with a death at every one of its steps.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from agreement import assert_agreed
from broker import BODY, Broker
from sqlalchemy import Connection, update

from connector import world
from connector.flows.endpoints import Endpoint
from connector.flows.subscribe import change, enable, subscribe
from connector.flows.sweep import UNFINISHED_MS, sweep
from connector.flows.unsubscribe import disable, unsubscribe
from connector.store.tables import webhook_endpoints


class Killed(BaseException):
    """The process is no more."""


class Mortal:
    """Stands before the store and the way to Stora of an installation, which dies after `steps`."""

    def __init__(self, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: float = float("inf")
        begin, call = broker.parts.store.begin, broker.parts.stora.call

        @contextmanager
        def mortal_begin() -> Iterator[Connection]:
            self.step()
            with begin() as connection:
                yield connection
            self.step()

        def mortal_call(*given: Any, **options: Any) -> Any:
            self.step()
            answer = call(*given, **options)
            self.step()
            return answer

        monkeypatch.setattr(broker.parts.store, "begin", mortal_begin)
        monkeypatch.setattr(broker.parts.stora, "call", mortal_call)

    def step(self) -> None:
        """Live one step on, or not."""
        self.steps -= 1
        if self.steps < 0:
            raise Killed

    def dies(self, steps: int, story: Callable[[], object]) -> bool:
        """Run `story` with so many steps to live; return whether it died."""
        self.steps = steps
        try:
            story()
        except Killed:
            return True
        finally:
            self.steps = float("inf")
        return False


def body(external_id: str, **changes: Any) -> dict[str, Any]:
    """Return the body of workflow `external_id`."""
    return BODY | {"metadata": {"external_id": external_id}} | changes


def later(broker: Broker) -> None:
    """Let turns run out and what was begun grow old."""
    with broker.parts.store.begin() as c:
        c.execute(
            update(webhook_endpoints).values(
                turn_until=0, created_at=world.now_ms() - UNFINISHED_MS
            )
        )


Story = Callable[[Broker, Endpoint], object]
STORIES: dict[str, Story] = {
    "widen": lambda b, e: change(
        b.parts, b.app(), e.id, {"event_types": ["deal.won", "deal.lost"]}
    ),
    "again": lambda b, e: subscribe(b.parts, b.app(), body(e.external_id, name="Renamed")),
    "disable": lambda b, e: disable(b.parts, e.connection_id, e.id),
    "enable": lambda b, e: enable(b.parts, e.connection_id, e.id, actor="app_1"),
    "remove": lambda b, e: unsubscribe(b.parts, e.connection_id, e.id),
}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("mend", ["repeat", "sweep"])
def test_a_death_while_changing_is_mended(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, story: str, mend: str
) -> None:
    """By the builder's repeat as well as, without one, by the sweep."""
    mortal = Mortal(broker, monkeypatch)
    for steps in itertools.count():
        endpoint = subscribe(broker.parts, broker.app(), body(f"{steps}")).endpoint
        if story == "enable":
            disable(broker.parts, endpoint.connection_id, endpoint.id)
        died = mortal.dies(steps, lambda endpoint=endpoint: STORIES[story](broker, endpoint))  # type: ignore[misc]
        if died:
            later(broker)
            if mend == "repeat":
                STORIES[story](broker, endpoint)
            if mend == "sweep" or story == "disable":
                assert sweep(broker.parts).failed == 0
        assert_agreed(broker.parts, broker.stora.endpoints())
        unsubscribe(broker.parts, endpoint.connection_id, endpoint.id)
        if not died:
            break
    assert steps > 3


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("mend", ["repeat", "sweep"])
def test_a_death_while_making_is_mended(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, mend: str, missing: bool
) -> None:
    """A new one, or one that was `missing` in Stora: whole afterwards, or gone on both sides."""
    mortal = Mortal(broker, monkeypatch)
    for steps in itertools.count():
        wanted = body(f"{steps}")
        if missing:
            subscribe(broker.parts, broker.app(), wanted)
            broker.stora.delete(broker.stora.endpoints()[-1])
            wanted |= {"event_types": ["deal.won"]}  # so that Stora is asked
        died = mortal.dies(
            steps, lambda wanted=wanted: subscribe(broker.parts, broker.app(), wanted)
        )  # type: ignore[misc]
        if died:
            later(broker)
            if mend == "repeat":
                subscribe(broker.parts, broker.app(), wanted)
            else:
                assert sweep(broker.parts).failed == 0
        assert_agreed(broker.parts, broker.stora.endpoints())
        if not died:
            break
    assert steps > 10
