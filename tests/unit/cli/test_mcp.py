"""`unitwire mcp`: messages on standard input, answers on standard output, nothing else there."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from broker import Broker

from connector.flows.personal_tokens import add_token, list_grants, revoke_grant

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(broker: Broker) -> Iterator[Start]:
    """Return a function that starts `unitwire mcp …` on this test's installation."""
    begun: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> "subprocess.Popen[str]":
        settings = broker.parts.settings
        process = subprocess.Popen(
            [sys.executable, "-m", "connector", "mcp", *arguments],
            env=os.environ
            | {
                "UNITWIRE_DATABASE_URL": settings.database_url,
                "UNITWIRE_SECRET_KEYS": ",".join(settings.secret_keys),
                "UNITWIRE_STORA_API_URL": settings.stora_api_url,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def say(process: "subprocess.Popen[str]", line: str) -> dict[str, Any]:
    """Return the answer to a line."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
    told: dict[str, Any] = json.loads(process.stdout.readline())
    return told


def test_a_connection_is_acted_for_as_long_as_the_assistant_runs(
    broker: Broker, start: Start
) -> None:
    """Tools are listed and called; when standard input ends, the token that was made ends too."""
    process = start("--connection", broker.connections[0])
    tools = [each["name"] for each in say(process, json.dumps(LIST))["result"]["tools"]]
    assert "change_contacts" in tools
    person = {"action": "create_contact", "email": "jo@example.com", "full_name": "Jo Dœ"}
    call = {"name": "change_contacts", "arguments": person}
    made = say(process, json.dumps(LIST | {"method": "tools/call", "params": call}))
    assert made["result"]["structuredContent"]["contact"]["full_name"] == "Jo Dœ"
    assert [grant.ended for grant in list_grants(broker.parts)] == [None]
    rest, _ = process.communicate(timeout=20)
    assert (process.returncode, rest) == (0, "")
    assert [grant.ended is None for grant in list_grants(broker.parts)] == [False]


def test_the_token_ends_with_a_signal_too(broker: Broker, start: Start) -> None:
    """SIGTERM ends it in order."""
    process = start("--connection", broker.connections[0])
    say(process, json.dumps(LIST))
    process.terminate()
    assert process.wait(20) == 0
    assert [grant.ended is None for grant in list_grants(broker.parts)] == [False]


def test_a_token_in_a_file_keeps_its_scopes(broker: Broker, start: Start, tmp_path: Path) -> None:
    """Only its tools are shown; once it is revoked, nothing is answered but that."""
    token_id, token = add_token(
        broker.parts, connection_id=broker.connections[0], scopes_asked=["public.site:read"]
    )
    file = tmp_path / "token"
    file.write_text(f"{token}\n")
    process = start("--token-file", str(file))
    names = [each["name"] for each in say(process, json.dumps(LIST))["result"]["tools"]]
    assert names == ["list_choices", "search_sites", "call_stora_api"]
    revoke_grant(broker.parts, token_id)
    told = say(process, json.dumps(LIST))
    assert (told["id"], told["error"]["code"]) == (1, -32000)


def test_bad_lines_do_not_end_it(broker: Broker, start: Start) -> None:
    """What is no JSON is answered; blank lines and notifications are not."""
    process = start("--connection", broker.connections[0])
    assert say(process, "{")["error"]["code"] == -32700
    quiet = '\n{"jsonrpc": "2.0", "method": "notifications/initialized"}\n'
    assert say(process, quiet + json.dumps(LIST | {"method": "ping"}))["result"] == {}


@pytest.mark.parametrize("arguments", [(), ("--connection", "conn_1", "--token-file", "FILE")])
def test_one_of_the_two_is_named(start: Start, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Without a connection or a token, and with both, it is a wrong call."""
    (tmp_path / "token").touch()
    process = start(*(str(tmp_path / "token") if each == "FILE" else each for each in arguments))
    _, told = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "--connection or --token-file" in told


def test_an_unknown_token_is_told_at_once(start: Start, tmp_path: Path) -> None:
    """It ends with 1 and says so, before any message."""
    (tmp_path / "token").write_text("no-such-token")
    process = start("--token-file", str(tmp_path / "token"))
    out, told = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert "no longer valid" in told
