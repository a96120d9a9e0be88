"""`unitwire connect` and `unitwire connections`: Stora accounts from the command line."""

import json
from collections.abc import Callable

import pytest
from account import ORIGIN, Stora, connect, make_endpoint, note_endpoint
from click.testing import CliRunner, Result
from stage import listen, rows

from connector.cli import main
from connector.flows.parts import Parts
from connector.settings import LEAST_SCOPES, Settings
from connector.store.tables import connections

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `unitwire …` on this test's installation; `given` is standard input."""
    monkeypatch.setenv("UNITWIRE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("UNITWIRE_SECRET_KEYS", ",".join(settings.secret_keys))
    monkeypatch.setenv("UNITWIRE_STORA_API_URL", settings.stora_api_url)
    return lambda *arguments, given="": CliRunner().invoke(main, arguments, input=given)


def test_an_own_application_is_read_from_standard_input(
    run: Run, parts: Parts, stora: Stora
) -> None:
    """A script pipes client id and secret, one a line, and reads the connection's id."""
    result = run("connect", "--client-credentials", given="harbour-id\nharbour-secret\n")
    assert result.exit_code == 0, result.output
    [row] = rows(parts, connections)
    assert (row.kind, row.status) == ("client_credentials", "active")
    assert result.stdout == f"{row.id}\n"
    assert "Harbour Self Storage is connected." in result.stderr


def test_an_access_token_is_read_from_standard_input(run: Run, parts: Parts, stora: Stora) -> None:
    """The same for a token made by hand, told as JSON; the token is not repeated."""
    result = run("connect", "--access-token", "--json", given="harbour-token\n")
    [row] = rows(parts, connections)
    assert json.loads(result.stdout) == {
        "connection": row.id,
        "operator": "Harbour Self Storage",
    }
    assert "harbour-token" not in result.output


@pytest.mark.parametrize("way", ["--client-credentials", "--access-token"])
@pytest.mark.parametrize("given", ["", "wrong\nwrong\n"])
def test_what_stora_does_not_accept_is_told(
    run: Run, parts: Parts, stora: Stora, way: str, given: str
) -> None:
    """Exit status 1, a sentence on standard error, no connection."""
    result = run("connect", way, given=given)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert rows(parts, connections) == []


def test_secrets_are_no_arguments(run: Run, stora: Stora) -> None:
    """A secret on the command line, which everybody on the machine can read, is a wrong call."""
    assert run("connect", "--access-token", "harbour-token").exit_code == 2


def test_two_ways_at_once_are_a_wrong_call(run: Run, parts: Parts, stora: Stora) -> None:
    """An account is connected in one way; with both options nothing is."""
    result = run("connect", "--access-token", "--client-credentials", given="harbour-token\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Choose one of --client-credentials and --access-token." in result.stderr
    assert rows(parts, connections) == []


def test_a_partner_gets_the_page_to_open(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an option it is the address for a browser, alone on standard output."""
    monkeypatch.setenv("UNITWIRE_STORA_CLIENT_ID", "harbour-id")
    monkeypatch.setenv("UNITWIRE_STORA_CLIENT_SECRET", "harbour-secret")
    assert run("connect").stdout == f"{ORIGIN}/connect\n"
    assert json.loads(run("connect", "--json").stdout) == {"url": f"{ORIGIN}/connect"}


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_without_an_application_there_is_no_page(run: Run, more: tuple[str, ...]) -> None:
    """The page could not connect anything: a wrong call, with the settings and both options."""
    result = run("connect", *more)
    assert (result.exit_code, result.stdout) == (2, "")
    for name in ("UNITWIRE_STORA_CLIENT_ID", "UNITWIRE_STORA_CLIENT_SECRET"):
        assert name in result.stderr
    for option in ("--client-credentials", "--access-token"):
        assert option in result.stderr


def test_connections_are_listed_and_shown(run: Run, parts: Parts, stora: Stora) -> None:
    """Everything but the secrets: whose account, how, since when, how many workflows."""
    assert "unitwire connect" in run("connections", "list").stdout
    assert json.loads(run("connections", "list", "--json").stdout) == []
    connection_id = connect(parts, stora)
    listen(parts, connection_id=connection_id)
    table = run("connections", "list").stdout
    assert "Harbour Self Storage" in table
    assert connection_id in table
    [listed] = json.loads(run("connections", "list", "--json").stdout)
    shown = json.loads(run("connections", "show", connection_id, "--json").stdout)
    assert listed.items() <= shown.items()
    assert set(shown.pop("scopes")) == set(LEAST_SCOPES)
    assert shown.pop("created_at") == shown.pop("updated_at")
    assert shown == {
        "id": connection_id,
        "kind": "partner",
        "status": "active",
        "status_reason": None,
        "operator": "Harbour Self Storage",
        "endpoints": 1,
        "calls_left_this_minute": shown["calls_left_this_minute"],
        "blocked_until": None,
        "timeline": {"problem": None},
    }
    assert 50 < shown["calls_left_this_minute"] < 60
    assert "status: active" in run("connections", "show", connection_id).stdout


@pytest.mark.parametrize("command", ["show", "disconnect"])
def test_an_unknown_connection_is_told(run: Run, stora: Stora, command: str) -> None:
    """Exit status 1 and where to look."""
    result = run("connections", command, "conn_unknown")
    assert result.exit_code == 1
    assert "unitwire connections list" in result.stderr


def test_a_connection_is_disconnected(run: Run, parts: Parts, stora: Stora) -> None:
    """What stays in Stora is named, so that a person can remove it."""
    connection_id = connect(parts, stora)
    note_endpoint(parts, connection_id, left := make_endpoint(parts, connection_id))
    stora.fail(kind="500", path="/2025-09", times=100)
    result = run("connections", "disconnect", connection_id, "--json")
    assert json.loads(result.stdout) == {"connection": connection_id, "left_in_stora": [left]}
    assert rows(parts, connections)[0].status == "revoked"


def test_a_token_made_by_hand_is_to_be_removed_by_hand(
    run: Run, parts: Parts, stora: Stora
) -> None:
    """Only a person can take such a token back, and is told where."""
    connection_id = run("connect", "--access-token", given="harbour-token\n").stdout.strip()
    result = run("connections", "disconnect", connection_id)
    assert "is disconnected" in result.stdout
    assert "Public API" in result.stderr
