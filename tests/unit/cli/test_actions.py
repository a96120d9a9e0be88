"""`unitwire actions`, and what `unitwire connections show` tells of the budget and the timeline."""

from collections.abc import Callable, Iterator

import pytest
from acting import JANE, named
from broker import Broker, serve_stora
from unit.cli.conftest import Ask, Run

from connector.catalogue.actions import ACTIONS
from connector.flows.parts import open_parts
from connector.flows.timeline_writer import write_due
from connector.settings import Settings

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def broker(make_settings: Callable[..., Settings]) -> Iterator[Broker]:
    """An installation with two connections."""
    with serve_stora() as stora:
        parts = open_parts(make_settings(stora_api_url=stora.url, rate_limits=True))
        yield Broker(parts, stora)
        parts.close()


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """The settings of the broker."""
    return broker.parts.settings


def sets(**values: object) -> list[str]:
    """Return the options that fill a form."""
    return [part for key, value in values.items() for part in ("--set", f"{key}={value}")]


def test_actions_are_listed(run: Run, ask: Ask) -> None:
    """For people and for scripts; searches alone if wanted."""
    assert [each["key"] for each in ask("actions", "list")] == [each.key for each in ACTIONS]
    assert {each["kind"] for each in ask("actions", "list", "--kind", "search")} == {"search"}
    assert "Create contact" in run("actions", "list").stdout


def test_an_action_is_run(broker: Broker, run: Run, ask: Ask) -> None:
    """In the account that is named; twice under a key is once."""
    here = ("--connection", broker.connections[0])
    one, two = (
        ask("actions", "run", "create_contact", *here, *sets(**JANE), "--key", "k")
        for _ in range(2)
    )
    (contact,) = named(broker)
    assert one["contact"]["id"] == two["contact"]["id"] == contact["id"]
    assert one["timeline"] == {"status": "pending"}
    shown = run("actions", "run", "find_contact", *here, "--set", f"email={JANE['email']}")
    assert shown.stdout.startswith("found: 1\n")
    assert contact["id"] in shown.stdout


def test_a_wrong_call_is_told(broker: Broker, run: Run) -> None:
    """An unknown action, an account that is not named, a field that is missing."""
    assert "actions list" in run("actions", "run", "no_such").stderr
    assert "--connection" in run("actions", "run", "create_contact", *sets(**JANE)).stderr
    here = ("--connection", broker.connections[0])
    missing = run("actions", "run", "create_contact", *here, "--set", "full_name=Jane")
    assert missing.exit_code == 2
    assert "/email" in missing.stderr
    nobody = ("--connection", "conn_none")
    assert run("actions", "run", "create_contact", *nobody, *sets(**JANE)).exit_code == 1


def test_a_connection_tells_its_budget_and_its_timeline(broker: Broker, run: Run, ask: Ask) -> None:
    """What is left this minute, and how many entries Stora has."""
    id = broker.connections[0]
    before = ask("connections", "show", id)
    ask("actions", "run", "create_contact", "--connection", id, *sets(**JANE))
    write_due(broker.parts)
    after = ask("connections", "show", id)
    assert 0 < after["calls_left_this_minute"] < before["calls_left_this_minute"] <= 60
    assert after["blocked_until"] is None
    assert after["timeline"] == {"written": 1, "problem": None}
    assert "timeline: written 1" in run("connections", "show", id).stdout
