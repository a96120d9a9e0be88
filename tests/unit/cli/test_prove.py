"""What decides in `unitwire prove`: the workflow's books, and the trouble that is drawn."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from click.testing import CliRunner
from stage import connect

from connector import world
from connector.cli import main
from connector.cli.demo.receiver import Received
from connector.cli.prove import nemesis
from connector.cli.prove.town import Town
from connector.cli.prove.witness import HOOK, Books
from connector.flows.parts import Parts


def webhook(event_id: str, *, named: str | None = None, total: int = 1) -> Received:
    """Return a webhook as the workflow gets it."""
    body = json.dumps({"event": {"id": event_id, "total": total}})
    return Received(HOOK, {"webhook-id": named or event_id}, body, 0)


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        ([webhook("a"), webhook("b")], {"lost": 0, "repeated": 0, "changed_id": 0}),
        ([webhook("a")], {"lost": 1, "repeated": 0, "changed_id": 0}),
        ([webhook("a"), webhook("b"), webhook("b")], {"lost": 0, "repeated": 1, "changed_id": 0}),
        ([webhook("a", named="b"), webhook("a")], {"lost": 1, "repeated": 1, "changed_id": 1}),
        (
            [webhook("a"), webhook("b"), webhook("b", total=2)],
            {"lost": 0, "repeated": 1, "changed_id": 1},
        ),
        ([webhook("a"), webhook("b"), webhook("x")], {"lost": 0, "repeated": 0, "changed_id": 1}),
    ],
    ids=["whole", "missing", "twice", "another id", "another body", "never sent"],
)
def test_the_books_tell_what_went_wrong(came: list[Received], expected: dict[str, int]) -> None:
    """Each way to break the promise shows, and only a whole run is good."""
    books = Books()
    for each in came:
        books.note(each)
    verdict = books.verdict(1, {"a", "b"}, {"a", "b"})
    assert verdict.document().items() >= expected.items()
    assert verdict.good == (not expected["lost"] and not expected["changed_id"])


def test_what_was_never_acknowledged_is_no_proof() -> None:
    """A run in which Unitwire took nothing in is not good."""
    assert not Books().verdict(1, {"a"}, set()).good


def test_every_kind_of_trouble_comes_before_any_comes_again() -> None:
    """And the same seed brings the same trouble."""
    town = cast(Town, SimpleNamespace(postgres=None, web=None, dispatchers=[]))

    def titles(seed: int) -> list[str]:
        drawn = nemesis.Nemesis(town, world.dice(seed))
        return [drawn.draw(5).title for _ in range(12)]

    assert titles(7) == titles(7)
    assert titles(7) != titles(8)
    assert len(set(titles(7)[:6])) == len(set(titles(7)[6:])) == 6


def test_a_database_that_is_in_use_is_refused(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proof fills what it runs on, so it wants an empty one."""
    connect(parts)
    given: list[Any] = ["prove", "--rounds", "1", "--database-url", parts.settings.database_url]
    done = CliRunner().invoke(main, given)
    assert done.exit_code == 1
    assert "This database is in use" in done.output
