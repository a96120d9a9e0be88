"""`unitwire events`, `deliveries` and `listen`: the log of all connections together."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import stage
from unit.cli.conftest import Run

from connector import world
from connector.catalogue.samples import sample
from connector.flows.parts import Parts
from connector.flows.receive import receive
from connector.stora.signature import sign

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def log(parts: Parts) -> Callable[..., None]:
    """Two connections with an endpoint each, and a function that lets an event arrive at one."""
    for number in ("1", "2"):
        stage.connect(parts, f"conn_{number}")
        stage.listen(parts, f"we_{number}", connection_id=f"conn_{number}")

    def arrive(event_id: str, endpoint_id: str = "we_1", event_type: str = "invoice.paid") -> None:
        body = json.dumps(sample(event_type, event_id=event_id)).encode()
        signature = sign(stage.UPSTREAM_SECRET, body, world.now_ms() // 1000)
        receive(parts, endpoint_id, signature, body)

    return arrive


def test_the_newest_of_all_connections_come_first(ask: Any, log: Any) -> None:
    """`list` merges the connections by time; `--connection`, `--status`, … narrow it."""
    for number, endpoint_id in enumerate(("we_1", "we_2", "we_1")):
        log(f"evt_{number}", endpoint_id)
    log("evt_other", "we_2", "unit.created")  # we_2 does not listen to it

    listed = ask("deliveries", "list")
    ids = [each["event"]["id"] for each in listed]
    assert ids == ["evt_other", "evt_2", "evt_1", "evt_0"]
    assert [each["connection"] for each in listed] == ["conn_2", "conn_1", "conn_2", "conn_1"]
    for narrowed, left in (
        (("--connection", "conn_1"), ["evt_2", "evt_0"]),
        (("--status", "skipped"), ["evt_other"]),
        (("--status", "skipped", "--status", "pending"), ids),
        (("--endpoint", "we_2"), ["evt_other", "evt_1"]),
        (("--type", "unit.created"), ["evt_other"]),
        (("--event", "evt_1"), ["evt_1"]),
        (("--limit", "2"), ["evt_other", "evt_2"]),
    ):
        assert [each["event"]["id"] for each in ask("deliveries", "list", *narrowed)] == left
    assert [each["id"] for each in ask("events", "list")] == ids
    assert [each["id"] for each in ask("events", "list", "--type", "unit.created")] == ["evt_other"]


def test_an_unknown_connection_is_told(run: Run, log: Any) -> None:
    """A filter by a connection that there is not is an error, not an empty list."""
    result = run("deliveries", "list", "--connection", "conn_x")
    assert result.exit_code == 1
    assert "There is no connection conn_x" in result.stderr


@pytest.mark.parametrize(
    "command", [("events", "list"), ("deliveries", "list"), ("deliveries", "replay"), ("listen",)]
)
def test_an_unknown_event_type_is_a_wrong_call(run: Run, command: tuple[str, ...]) -> None:
    """It is refused like `trigger` refuses it, not answered with nothing."""
    refused = run(*command, "--type", "invoice.payd")
    assert refused.exit_code == 2
    assert "Did you mean invoice.paid" in refused.stderr


def test_one_delivery_and_one_event_are_shown(ask: Any, run: Run, log: Any) -> None:
    """`show` finds an id in whichever connection it is, with attempts, or body and deliveries."""
    log("evt_1", "we_2")
    (listed,) = ask("deliveries", "list")
    assert ask("deliveries", "show", listed["id"]) == listed | {"attempts": []}
    shown = ask("events", "show", "evt_1")
    assert shown["connection"] == "conn_2"
    assert json.loads(shown["body"])["event"]["id"] == "evt_1"
    assert [each["id"] for each in shown["deliveries"]] == [listed["id"]]
    assert listed["id"] in run("deliveries", "show", listed["id"]).stdout
    assert "evt_1" in run("events", "show", "evt_1").stdout
    assert run("events", "show", "evt_2").exit_code == 1


def test_replays_are_counted_before_they_are_done(ask: Any, run: Run, log: Any) -> None:
    """--dry-run changes nothing; without --yes one is asked; ids and filters do not mix."""
    log("evt_1", "we_1", "unit.created")
    log("evt_2", "we_2", "unit.created")
    skipped = ("deliveries", "replay", "--status", "skipped")
    assert ask(*skipped, "--dry-run") == {"count": 2, "preview": True}
    for answer in ("n\n", ""):
        refused = run(*skipped, input=answer)
        assert (refused.exit_code, "--yes" in refused.stderr) == (1, True)
    assert {each["status"] for each in ask("deliveries", "list")} == {"skipped"}
    asked = run(*skipped, "--connection", "conn_1", input="y\n")
    assert "Send 1 deliveries again?" in asked.stderr
    (left,) = ask("deliveries", "list", "--status", "skipped")
    assert run("deliveries", "replay", left["id"]).stdout == "1 will be sent again.\n"
    assert {each["status"] for each in ask("deliveries", "list")} == {"pending"}
    assert run("deliveries", "replay").exit_code == 2
    assert run(*skipped, left["id"]).exit_code == 2
    assert run("deliveries", "replay", left["id"]).stdout == "1 will be sent again.\n"


def test_listen_prints_what_arrives_and_the_cursor(
    run: Run, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`listen` prints news until Ctrl-C, and how to go on; a wrong cursor is refused."""
    log("evt_0")

    class Once:
        """Lets an event arrive the first time it waits, and is interrupted the second time."""

        waits = 0

        def wait(self, _seconds: float) -> None:
            Once.waits += 1
            if Once.waits > 1:
                raise KeyboardInterrupt
            log("evt_1")

    monkeypatch.setattr("connector.cli.listen.threading.Event", Once)
    result = run("listen")
    assert "evt_1" in result.stdout
    assert "evt_0" not in result.stdout
    assert "To go on from here: unitwire listen --since dlv_" in result.stderr
    cursor = result.stderr.split()[-1]
    Once.waits = 1
    lines = [
        json.loads(each)
        for each in run("listen", "--since", cursor, "--json").stdout.split("\n")[:-1]
    ]
    assert [each["delivery"]["event"]["id"] for each in lines] == ["evt_0", "evt_1"]
    assert {each["cursor"] for each in lines} == {cursor}
    assert run("listen", "--since", "evt_1").exit_code == 2
