"""`unitwire clients`, `tokens` and `login`: who may act, from the command line."""

from pathlib import Path
from typing import Any

import pytest
import stage
from unit.cli.conftest import Run

from connector.flows.callers import caller_of
from connector.flows.clients import list_clients, prove_client
from connector.flows.parts import Parts
from connector.flows.sessions import find_session, sign_in
from connector.platforms.builders import BUILDERS
from connector.settings import Settings

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
READ = "public.webhook_endpoint:read"


ADD = ("clients", "add", "--platform", "zapier", "--redirect-uri", "https://zapier.com/cb")


def test_a_client_is_added_listed_and_revoked(ask: Any, run: Run, parts: Parts) -> None:
    """What a script needs comes as JSON; the secret only once."""
    added = ask(*ADD, "--scope", f"{READ},public.contact:read", "--name", "Zapier")
    secret = added.pop("client_secret")
    assert prove_client(parts, added["client_id"], secret) is not None
    assert added["scopes"] == [READ, "public.contact:read"]
    assert ask("clients", "list") == [added]
    assert secret not in run("clients", "list").output
    assert run("clients", "revoke", added["client_id"]).exit_code == 0
    assert prove_client(parts, added["client_id"], secret) is None
    assert ask("clients", "list")[0]["revoked_at"] is not None


def test_a_client_gets_a_new_secret(ask: Any, run: Run, parts: Parts) -> None:
    """It is printed once, and the old one proves nothing any more."""
    added = ask(*ADD)
    told = run("clients", "rotate", added["client_id"]).output
    assert prove_client(parts, added["client_id"], added["client_secret"]) is None
    assert prove_client(parts, added["client_id"], told.split()[2]) is not None
    assert run("clients", "rotate", "app_unknown").exit_code == 1


def test_an_unknown_builder_is_refused_with_a_list_of_all(run: Run, parts: Parts) -> None:
    """A slip of the finger makes no client."""
    refused = run("clients", "add", "--platform", "zapper", "--redirect-uri", "https://zapier.com/")
    assert refused.exit_code == 2
    assert all(f"'{slug}'" in refused.stderr for slug in ("zapper", *BUILDERS))
    assert list_clients(parts) == []


def test_a_person_reads_where_to_put_what(run: Run) -> None:
    """The builder's form asks for id, secret and two addresses; all four are printed."""
    told = run(*ADD).output
    for part in ("Client id", "Client secret", "/oauth2/authorize", "/oauth2/token"):
        assert part in told
    assert "none: a public client" in run(*ADD, "--public").output
    assert "zapier" in run("clients", "list").output


@pytest.mark.parametrize(
    "command", [ADD, ("login",), ("login", "--json"), ("connect",), ("connect", "--json")]
)
def test_an_address_that_is_only_the_default_is_said_to_be(
    run: Run,
    parts: Parts,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: tuple[str, ...],
) -> None:
    """Beside what is printed, with the variable to set; one that was set, be it to the same or in
    a file, needs no word.
    """
    monkeypatch.setenv("UNITWIRE_STORA_CLIENT_ID", "harbour-id")
    monkeypatch.setenv("UNITWIRE_STORA_CLIENT_SECRET", "harbour-secret")
    stage.connect(parts)
    told = run(*command)
    assert Settings.public_url in told.stdout
    assert f"{Settings.public_url} is only the default." in told.stderr
    assert "set UNITWIRE_PUBLIC_URL for this command too" in told.stderr
    for address in ("https://unitwire.example.com", Settings.public_url):
        monkeypatch.setenv("UNITWIRE_PUBLIC_URL", address)
        told = run(*command)
        assert address in told.stdout
        assert "default" not in told.stderr
    monkeypatch.delenv("UNITWIRE_PUBLIC_URL")
    file = tmp_path / "url"
    file.write_text(Settings.public_url)
    monkeypatch.setenv("UNITWIRE_PUBLIC_URL_FILE", str(file))
    assert "default" not in run(*command).stderr


def test_options_reach_the_client(ask: Any) -> None:
    """Several redirect URIs, public, without PKCE."""
    more = ask(*ADD, "--redirect-uri", "http://127.0.0.1/cb", "--public")
    assert (more["public"], more["pkce"], more["client_secret"]) == (True, True, None)
    assert len(more["redirect_uris"]) == 2
    assert ask(*ADD, "--no-pkce")["pkce"] is False


def test_a_wrong_client_is_told_field_by_field(run: Run) -> None:
    """A wrong call, exit status 2: each fault on standard error, nothing registered."""
    wrong = ("--redirect-uri", "http://zapier.com", "--scope", "nope", "--name", "x" * 200)
    result = run("clients", "add", "--platform", "zapier", *wrong)
    assert result.exit_code == 2
    assert "/name" in result.stderr
    assert "/redirect_uri" in result.stderr
    assert "No clients yet" in run("clients", "list").output


@pytest.mark.parametrize("command", ["clients", "tokens"])
def test_revoking_what_is_not_there_fails(run: Run, command: str) -> None:
    """Exit status 1 and where to look."""
    result = run(command, "revoke", "nothing_1")
    assert result.exit_code == 1
    assert f"unitwire {command} list" in result.stderr


def test_a_token_is_added_listed_and_revoked(ask: Any, run: Run, parts: Parts) -> None:
    """The token works until it is revoked, and is never listed."""
    stage.connect(parts)
    added = ask("tokens", "add", "--connection", "conn_1", "--scope", READ, "--days", "30")
    caller = caller_of(parts, f"Bearer {added['token']}")
    assert (caller.token_id, caller.scopes) == (added["id"], {READ})
    [listed] = ask("tokens", "list", "--connection", "conn_1")
    assert (listed["id"], listed["scopes"], listed["ended"]) == (added["id"], [READ], None)
    assert added["token"] not in run("tokens", "list").output
    assert run("tokens", "revoke", added["id"]).exit_code == 0
    assert ask("tokens", "list")[0]["ended"] == "revoked by its owner"


def test_a_token_can_be_piped(run: Run, parts: Parts) -> None:
    """Standard output is the token alone; the advice goes to standard error."""
    stage.connect(parts)
    result = run("tokens", "add", "--connection", "conn_1")
    assert caller_of(parts, f"Bearer {result.stdout.strip()}").connection_id == "conn_1"
    assert "not shown again" in result.stderr


def test_a_scope_that_there_is_not_is_a_wrong_call(run: Run, parts: Parts) -> None:
    """Exit status 2; a connection that there is not is none: 1."""
    stage.connect(parts)
    assert run("tokens", "add", "--connection", "conn_1", "--scope", "nope").exit_code == 2
    assert run("tokens", "add", "--connection", "conn_2").exit_code == 1


@pytest.mark.parametrize("days", ["0", "3651", "x"])
def test_days_have_limits(run: Run, days: str) -> None:
    """Outside of 1 to 3650 the call itself is wrong: exit status 2."""
    assert run("tokens", "add", "--connection", "conn_1", "--days", days).exit_code == 2


def test_login_prints_a_link_that_works(ask: Any, run: Run, parts: Parts) -> None:
    """With one connection no name is needed; with several, one is asked for."""
    stage.connect(parts)
    cookie = sign_in(parts, ask("login")["url"].partition("=")[2])
    session = find_session(parts, cookie)
    assert session is not None
    assert session.connection_id == "conn_1"
    stage.connect(parts, "conn_2")
    several = run("login")
    assert (several.exit_code, "--connection" in several.stderr) == (2, True)
    assert run("login", "--connection", "conn_2").stdout.startswith(parts.settings.origin)
    assert run("login", "--connection", "conn_3").exit_code == 1
