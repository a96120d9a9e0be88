"""`unitwire why`, and what `unitwire login` prints before any account is connected."""

import json

import pytest
import stage
from clock import Clock, clock  # noqa: F401  the fixture
from unit.cli.conftest import Run

from connector import world
from connector.catalogue.samples import sample
from connector.flows.parts import Parts
from connector.flows.receive import BadSignature, receive
from connector.stora.signature import sign

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_why_says_in_one_sentence_what_stopped_an_event(run: Run, parts: Parts) -> None:
    """By the id of an event or of a webhook endpoint, of whichever connection; in JSON as well."""
    stage.connect(parts)
    stage.listen(parts, event_types=("unit.updated",))
    body = json.dumps(sample("invoice.paid", event_id="evt_1")).encode()
    signature = sign(stage.UPSTREAM_SECRET, body, world.now_ms() // 1000)
    receive(parts, "we_1", signature, body)
    first, *steps = run("why", "evt_1").stdout.splitlines()
    assert first == "It was not sent on. The webhook endpoint does not listen to invoice.paid."
    assert [line.strip()[0] for line in steps] == ["✓", "✓", "✓", "✗", "·"]
    found = json.loads(run("why", "we_1", "--json").stdout)
    assert (found["connection"], found["deed"]) == ("conn_1", "send_again")


def test_why_tells_of_a_refusal_that_is_newer_than_the_newest_event(
    run: Run,
    parts: Parts,
    clock: Clock,  # noqa: F811
) -> None:
    """An event that was stored before does not hide it, and is itself told as it was."""
    stage.connect(parts)
    stage.listen(parts)
    body = json.dumps(sample("invoice.paid", event_id="evt_1")).encode()
    receive(parts, "we_1", sign(stage.UPSTREAM_SECRET, body, world.now_ms() // 1000), body)
    assert "refused" not in run("why", "we_1").stdout
    clock.sleep(1)
    with pytest.raises(BadSignature):
        receive(parts, "we_1", sign("whsec_wrong", body, world.now_ms() // 1000), body)
    first, *steps = run("why", "we_1").stdout.splitlines()
    assert first.startswith("1 webhook was refused")
    assert [line.strip()[0] for line in steps][:2] == ["✓", "✗"]
    assert "Verified and stored at" in run("why", "evt_1").stdout


def test_why_knows_only_what_is_there(run: Run, parts: Parts) -> None:
    """An unknown id is told so, with status 1."""
    stage.connect(parts)
    result = run("why", "evt_nothing")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "evt_nothing" in result.stderr


def test_login_leads_to_the_set_up_until_an_account_is_connected(run: Run, parts: Parts) -> None:
    """Then it signs in; a connection that is named and not there is an error either way."""
    assert "/setup?code=" in run("login").stdout
    assert run("login", "--connection", "conn_1").exit_code == 1
    stage.connect(parts)
    assert "/login?code=" in run("login").stdout
