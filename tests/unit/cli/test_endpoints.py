"""`unitwire endpoints` and `unitwire sweep`, from the command line."""

import pytest
from broker import BODY, Broker
from unit.cli.conftest import Ask, Run

from connector.flows.endpoints import document, show
from connector.flows.subscribe import subscribe
from connector.settings import Settings

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """The settings of the broker."""
    return broker.parts.settings


def test_endpoints_are_listed_and_shown(broker: Broker, run: Run, ask: Ask) -> None:
    """Of all connections or of one; never with a secret."""
    mine = subscribe(broker.parts, broker.app(), BODY)
    other = subscribe(broker.parts, broker.app(operator=1), BODY)
    expected = document(mine.endpoint) | {
        "connection": broker.connections[0],
        "disabled_reason": None,
        "upstream": "ready",
    }

    listed = ask("endpoints", "list")
    assert [endpoint["id"] for endpoint in listed] == [mine.endpoint.id, other.endpoint.id]
    assert ask("endpoints", "list", "--connection", broker.connections[0]) == [expected]
    assert ask("endpoints", "show", mine.endpoint.id) == expected
    for shown in (run("endpoints", "list"), run("endpoints", "show", mine.endpoint.id)):
        assert "My New Webhook" in shown.output
        assert str(mine.secret) not in shown.output


def test_without_endpoints_it_says_who_makes_them(run: Run) -> None:
    """A person is not left with an empty table."""
    assert "Workflow builders make them" in run("endpoints", "list").output


def test_an_endpoint_is_disabled_enabled_and_removed(broker: Broker, run: Run) -> None:
    """Here and in Stora."""
    made = subscribe(broker.parts, broker.app(), BODY).endpoint

    assert run("endpoints", "disable", made.id, "--reason", "holiday").exit_code == 0
    disabled = show(broker.parts, made.connection_id, made.id)
    assert (disabled.status, disabled.disabled_reason) == ("disabled", "holiday")
    assert broker.stora.endpoints()[0]["status"] == "disabled"
    assert run("endpoints", "enable", made.id).exit_code == 0
    assert broker.stora.endpoints()[0]["status"] == "enabled"
    assert run("endpoints", "remove", made.id).exit_code == 0
    assert broker.stora.endpoints() == []


@pytest.mark.parametrize("command", ["show", "remove", "enable", "disable"])
def test_an_unknown_id_is_one_line_and_1(run: Run, command: str) -> None:
    """No stack trace."""
    result = run("endpoints", command, "we_unknown")
    assert (result.exit_code, result.stderr) == (1, "Error: There is no such webhook endpoint.\n")


def test_a_sweep_tells_what_it_did(broker: Broker, run: Run, ask: Ask) -> None:
    """In lines for people and in numbers for scripts."""
    subscribe(broker.parts, broker.app(), BODY)
    broker.stora.delete(broker.stora.endpoints()[0])
    result = run("sweep")

    assert result.exit_code == 0
    assert "was missing in Stora; made again." in result.output
    assert "Connections: 2. In Stora: 0 removed, 1 made again" in result.output
    report = ask("sweep", "--connection", broker.connections[0])
    assert (report["connections"], report["made_again"], report["lines"]) == (1, 0, [])


def test_what_is_left_over_is_told_and_ends_with_1(broker: Broker, run: Run) -> None:
    """So that a scheduled sweep does not fail in silence."""
    made = subscribe(broker.parts, broker.app(), BODY).endpoint
    broker.stora.fail("500", method="DELETE", times=2)
    removed = run("endpoints", "remove", made.id)
    assert removed.exit_code == 0
    assert "still in Stora" in removed.stderr

    assert run("sweep").exit_code == 1
    assert run("sweep").exit_code == 0
