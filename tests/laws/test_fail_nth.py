"""Fail the n-th: whichever step of a flow fails, before or after its effect, the laws hold.

Each story is told again and again, its first step failing, then its second, until none is left to
fail; after each time its caller does what it would do in life: Stora sends again, the builder
repeats its request, the person starts anew, the hourly sweep comes by, the dispatcher goes on.
"""

import itertools
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from clock import Clock, clock  # noqa: F401  the fixture
from failing import Failing, Phase
from laws.stories import builder, person, stora
from laws.stories import dispatcher as delivering
from laws.stories.house import House
from network import STORA, Postman, StoraWire, Workflows, make_sandbox
from sqlalchemy.exc import OperationalError

from connector import dispatcher
from connector.errors import UnitwireError
from connector.settings import Settings

FAILURES = (UnitwireError, OperationalError)  # what a caller is told; anything else is a fault
STORIES = builder.STORIES | stora.STORIES | person.STORIES | delivering.STORIES


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
