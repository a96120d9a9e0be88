"""`unitwire trigger` against a real sandbox, and against what is none."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from broker import serve_stora
from click.testing import CliRunner, Result

from connector.catalogue.events import EVENT_TYPES
from connector.cli import main, trigger
from connector.cli.event_type import EventType

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `unitwire trigger …`."""
    return lambda *arguments: CliRunner().invoke(main, ["trigger", *arguments])


def test_an_event_happens_at_the_operator_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Type, changes, operator and count reach the sandbox; nobody listening is said."""
    with serve_stora() as stora:
        monkeypatch.setenv("UNITWIRE_STORA_API_URL", stora.url)
        done = run("invoice.paid", "--operator", "Hilltop Storage", "--count", "2", "--json")
        assert done.exit_code == 0, done.output
        document = json.loads(done.stdout)
        assert len(document["events"]) == 2
        assert document["deliveries"] == 0
        one = run(
            "invoice.paid", "--set", "invoice.number=INV-7", "--set", "invoice.total.amount=4"
        )
        assert one.stdout.startswith("evt_")
        assert "No webhook endpoint listens" in one.stderr
        refused = run("invoice.paid", "--operator", "Nobody")
        assert refused.exit_code == 1
        assert "/operator: There is no such operator." in refused.stderr


def test_a_misspelt_event_type_is_answered_with_near_ones(run: Run) -> None:
    """The event type is checked before anything is asked."""
    done = run("invoice.payd")
    assert done.exit_code == 2
    assert "Did you mean invoice.paid" in done.stderr


def test_a_change_needs_a_path_and_a_value(run: Run) -> None:
    """`--set` without its sign is a wrong call."""
    assert run("invoice.paid", "--set", "invoice.number").exit_code == 2


def test_what_is_no_sandbox_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without the sandbox's door, and none at all, are told apart in one line each."""
    monkeypatch.setenv("UNITWIRE_STORA_API_URL", "http://127.0.0.1:1")
    done = run("invoice.paid")
    assert done.exit_code == 1
    assert "does not answer" in done.stderr
    assert "UNITWIRE_STORA_API_URL" in done.stderr


@pytest.mark.parametrize("url", ["", "https://public-api.stora.co", "https://192.0.2.1"])
def test_only_this_machine_is_ever_asked(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """Without a setting the address is Stora's own, which must not be called."""
    monkeypatch.delenv("UNITWIRE_STORA_API_URL", raising=False)
    if url:
        monkeypatch.setenv("UNITWIRE_STORA_API_URL", url)
    monkeypatch.setattr(trigger, "ask", None)
    done = run("invoice.paid")
    assert done.exit_code == 1
    assert "is not a sandbox on this machine" in done.stderr
    assert "UNITWIRE_STORA_API_URL" in done.stderr


def test_the_shell_completes_event_types() -> None:
    """What begins with the typed letters is offered, with its label."""
    complete = partial(EventType().shell_complete, None, None)  # type: ignore[arg-type]
    offered = complete("credit_note.")
    assert [each.value for each in offered] == ["credit_note.created", "credit_note.updated"]
    assert len(complete("")) == len(EVENT_TYPES)
