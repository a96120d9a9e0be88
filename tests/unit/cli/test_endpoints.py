"""`unitwire endpoints` and `unitwire sweep`, from the command line."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from broker import BODY, Broker, serve_stora
from click.testing import CliRunner, Result

from connector.cli import main
from connector.flows.endpoints import document, show
from connector.flows.parts import open_parts
from connector.flows.subscribe import subscribe
from connector.settings import Settings

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Run = Callable[..., Result]


@pytest.fixture
def broker(make_settings: Callable[..., Settings]) -> Iterator[Broker]:
    """An installation with two connections."""
    with serve_stora() as stora:
        parts = open_parts(make_settings(stora_api_url=stora.url))
        yield Broker(parts, stora)
        parts.close()


@pytest.fixture
def run(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `unitwire …` on this test's installation."""
    settings = broker.parts.settings
    monkeypatch.setenv("UNITWIRE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("UNITWIRE_SECRET_KEYS", ",".join(settings.secret_keys))
    monkeypatch.setenv("UNITWIRE_STORA_API_URL", settings.stora_api_url)
    monkeypatch.setenv("UNITWIRE_RATE_LIMITS", "false")
    return lambda *arguments: CliRunner().invoke(main, arguments)


def ask(run: Run, *arguments: str) -> Any:
    """Run with --json and return what it printed."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_endpoints_are_listed_and_shown(broker: Broker, run: Run) -> None:
    """Of all connections or of one; never with a secret."""
    mine = subscribe(broker.parts, broker.app(), BODY)
    other = subscribe(broker.parts, broker.app(operator=1), BODY)
    expected = document(mine.endpoint) | {
        "connection": broker.connections[0],
        "disabled_reason": None,
        "upstream": "ready",
    }

    listed = ask(run, "endpoints", "list")
    assert [endpoint["id"] for endpoint in listed] == [mine.endpoint.id, other.endpoint.id]
    assert ask(run, "endpoints", "list", "--connection", broker.connections[0]) == [expected]
    assert ask(run, "endpoints", "show", mine.endpoint.id) == expected
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


def test_a_sweep_tells_what_it_did(broker: Broker, run: Run) -> None:
    """In lines for people and in numbers for scripts."""
    subscribe(broker.parts, broker.app(), BODY)
    broker.stora.delete(broker.stora.endpoints()[0])
    result = run("sweep")

    assert result.exit_code == 0
    assert "was missing in Stora; made again." in result.output
    assert "Connections: 2. In Stora: 0 removed, 1 made again" in result.output
    report = ask(run, "sweep", "--connection", broker.connections[0])
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
