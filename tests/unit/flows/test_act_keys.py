"""Keys of actions: the same key gets the same answer, for a day, to the same app."""

from dataclasses import replace

import pytest
from acting import JANE, books, do, everybody, first, named, posts
from broker import Broker
from sqlalchemy import update
from stage import rows

from connector.catalogue.actions import ACTION
from connector.errors import Conflict
from connector.flows import runs
from connector.flows.prune import prune
from connector.store.tables import action_runs


def test_the_same_key_gets_the_same_answer(broker: Broker) -> None:
    """Stora is not asked again, and the answer is the first one, links included."""
    one, two = (do(broker, "create_contact", JANE, key="k") for _ in range(2))
    assert one.answer == two.answer
    assert one.curies == two.curies
    assert posts(broker) == 1


def test_a_key_is_for_one_thing(broker: Broker) -> None:
    """Another input under the key of something done is refused, and does nothing."""
    do(broker, "create_contact", JANE, key="k")
    with pytest.raises(Conflict):
        do(broker, "create_contact", JANE | {"full_name": "John"}, key="k")
    assert posts(broker) == 1


def test_after_a_known_failure_the_input_may_be_mended(broker: Broker) -> None:
    """Nothing happened, so the same key may go with what was put right."""
    taken = books(broker, "contact")[0]["email"]
    with pytest.raises(Conflict):
        do(broker, "create_contact", JANE | {"email": taken}, key="k")
    do(broker, "create_contact", JANE, key="k")
    assert len(named(broker)) == 1


def test_a_refusal_is_not_kept(broker: Broker) -> None:
    """What Stora refused can succeed later under the same key, though Stora keeps the refusal."""
    taken = books(broker, "contact")[0]
    with pytest.raises(Conflict):
        do(broker, "create_contact", JANE | {"email": taken["email"]}, key="k")
    broker.stora.sandbox.state.delete("harbour", "contact", taken["id"])
    do(broker, "create_contact", JANE | {"email": taken["email"]}, key="k")
    assert len(named(broker, taken["email"])) == 1


def test_a_run_id_stands_for_a_key(broker: Broker) -> None:
    """In one run the same input is the same thing; another input, or another run, is not."""
    for _ in range(2):
        do(broker, "create_contact", JANE, run_id="r1")
    do(broker, "create_contact", JANE | {"email": "john@example.com"}, run_id="r1")
    assert posts(broker) == 2
    with pytest.raises(Conflict):  # Stora's: there is such a contact
        do(broker, "create_contact", JANE, run_id="r2")


def test_a_key_belongs_to_one_app_at_one_operator(broker: Broker) -> None:
    """Two apps, or two operators, that count 1, 2, 3 never see each other's answers."""
    do(broker, "create_contact", JANE, key="1")
    other = replace(everybody(broker), creator="app_2")
    do(broker, "create_contact", JANE | {"email": "b@example.com"}, key="1", caller=other)
    do(broker, "create_contact", JANE, key="1", caller=everybody(broker, operator=1))
    assert posts(broker) == 3


@pytest.mark.parametrize(("age_ms", "calls"), [(runs.KEEP_MS - 1_000, 1), (runs.KEEP_MS, 2)])
def test_a_key_lives_for_a_day(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, age_ms: int, calls: int
) -> None:
    """Within 24 hours it is the same run, then a new one, also for Stora."""
    note = {"content": "Called", "resource_id": first(broker, "contact")}
    do(broker, "add_note", note, key="k")
    with broker.parts.store.begin() as c:
        c.execute(update(action_runs).values(created_at=action_runs.c.created_at - age_ms))
    do(broker, "add_note", note, key="k")
    assert posts(broker, "/2025-09/notes") == calls
    assert len([each for each in books(broker, "note") if each["content"] == "Called"]) == calls


def test_without_a_key_nothing_is_kept(broker: Broker) -> None:
    """Nobody can come back, so no answer lies around; each request is a new one."""
    note = {"content": "Called", "resource_id": first(broker, "contact")}
    do(broker, "add_note", note)
    do(broker, "add_note", note)
    assert rows(broker.parts, action_runs) == []
    assert len([each for each in books(broker, "note") if each["content"] == "Called"]) == 2


def test_what_is_kept_goes_after_a_day(broker: Broker) -> None:
    """Answers hold what Stora knows of people, so they stay no longer than they are of use."""
    do(broker, "create_contact", JANE, key="k")
    for age_ms, left in ((runs.KEEP_MS - 10_000, 1), (10_000, 0)):
        with broker.parts.store.begin() as c:
            c.execute(update(action_runs).values(created_at=action_runs.c.created_at - age_ms))
        prune(broker.parts)
        assert len(rows(broker.parts, action_runs)) == left


def test_what_is_kept_cannot_be_read(broker: Broker) -> None:
    """The answer holds what Stora knows of a person, so it is sealed."""
    do(broker, "create_contact", JANE, key="k")
    (row,) = rows(broker.parts, action_runs)
    assert "jane" not in repr(row).lower()


def test_all_forms_can_be_fingerprinted(broker: Broker) -> None:
    """Whatever a form loads is told apart by its content."""
    from connector.catalogue.actions.examples import sample_input
    from connector.dialect.body import load

    for action in ACTION.values():
        runs.begin(
            broker.parts,
            everybody(broker),
            action.key,
            {"action": action.key, "values": load(action.input(), sample_input(action))},
        )
    assert len(rows(broker.parts, action_runs)) == len(ACTION)
