"""Acting once: whatever is lost, fails or dies, there is one contact in the end."""

from typing import Any

import pytest
from acting import JANE, books, break_down, do, first, named, posts
from broker import Broker
from parallel import at_once
from sqlalchemy import update
from stage import rows

from connector import world
from connector.errors import OutcomeUnknown, StoraUnavailable, TooManyRequests, Unavailable
from connector.flows import act as module
from connector.flows import call, runs
from connector.store.tables import action_runs, budgets

ATTEMPTS = 3


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeats follow at once."""
    monkeypatch.setattr(module, "PAUSES_S", (0.0,) * (ATTEMPTS - 1))
    monkeypatch.setattr(call, "PAUSES_S", (0.0,) * (ATTEMPTS - 1))


def _let_leases_end(broker: Broker) -> None:
    with broker.parts.store.begin() as c:
        c.execute(update(action_runs).values(lease_until=world.now_ms() - 1))


def _forget_the_block(broker: Broker) -> None:
    with broker.parts.store.begin() as c:
        c.execute(update(budgets).values(state='{"calls":[],"blocked_until":0}'))


# ---- one contact, whatever happens -------------------------------------------------------------


@pytest.mark.parametrize("key", ["k", None])
@pytest.mark.parametrize("kind", ["lost_answer", "500"])
def test_a_call_that_goes_wrong_is_repeated(broker: Broker, kind: str, key: str | None) -> None:
    """Lost answer: again under the same key. Failure: under a fresh one. One contact each time."""
    break_down(broker, kind, times=ATTEMPTS - 1)
    done = do(broker, "create_contact", JANE, key=key)
    assert done.answer["contact"]["id"] == named(broker)[0]["id"]
    assert len(named(broker)) == 1
    assert posts(broker) == ATTEMPTS


@pytest.mark.parametrize("kind", ["lost_answer", "500"])
def test_a_run_that_failed_goes_on_under_its_key(broker: Broker, kind: str) -> None:
    """When all attempts are used up the builder is told, and its repeat makes one contact."""
    break_down(broker, kind, times=ATTEMPTS)
    with pytest.raises(StoraUnavailable) as told:
        do(broker, "create_contact", JANE, key="k")
    assert told.value.lost is (kind == "lost_answer")
    done = do(broker, "create_contact", JANE, key="k")
    assert [each["id"] for each in named(broker)] == [done.answer["contact"]["id"]]


def test_a_429_is_waited_for(broker: Broker) -> None:
    """A refusal by Stora's rate limit is obeyed, then the contact is made."""
    break_down(broker, "429", seconds=0.5)
    do(broker, "create_contact", JANE, key="k")
    assert len(named(broker)) == 1


def test_a_long_429_is_told_and_the_repeat_succeeds(broker: Broker) -> None:
    """Where Stora wants a long wait, the builder is told how long; nothing has happened."""
    break_down(broker, "429", seconds=30)
    with pytest.raises(TooManyRequests) as told:
        do(broker, "create_contact", JANE, key="k")
    assert 20 < (told.value.retry_after or 0) <= 31
    assert named(broker) == []


def test_an_answer_that_comes_too_late_is_not_lost(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stora does it, but slower than a builder waits; the repeat gets what it did."""
    monkeypatch.setattr(module, "LEAST_ANSWER_S", 0.3)
    break_down(broker, "slow", seconds=1.0)
    with pytest.raises(StoraUnavailable) as told:
        do(broker, "create_contact", JANE, key="k", within_s=0.4)
    assert told.value.lost
    done = do(broker, "create_contact", JANE, key="k")
    assert [each["id"] for each in named(broker)] == [done.answer["contact"]["id"]]


def test_a_death_between_sending_and_saving(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after Stora has done it; another goes on when the lease ends."""

    def die(*args: Any, **kwargs: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(module, "_finish", die)
        dying.setattr(runs.Run, "leave", lambda run: None)
        with pytest.raises(SystemExit):
            do(broker, "create_contact", JANE, key="k")
    assert len(named(broker)) == 1

    monkeypatch.setattr(runs, "WAIT_S", 0.0)
    with pytest.raises(Unavailable) as busy:
        do(broker, "create_contact", JANE, key="k")
    assert busy.value.retry_after
    _let_leases_end(broker)
    done = do(broker, "create_contact", JANE, key="k")
    assert [each["id"] for each in named(broker)] == [done.answer["contact"]["id"]]


def test_an_earlier_loss_is_not_forgotten(broker: Broker) -> None:
    """Lost, then refused for another reason: the third time still goes under the first's key."""
    break_down(broker, "lost_answer", times=ATTEMPTS)
    with pytest.raises(StoraUnavailable):
        do(broker, "create_contact", JANE, key="k")
    break_down(broker, "429", seconds=30)
    with pytest.raises(TooManyRequests):
        do(broker, "create_contact", JANE, key="k")
    broker.stora.heal()
    _forget_the_block(broker)
    done = do(broker, "create_contact", JANE, key="k")
    assert [each["id"] for each in named(broker)] == [done.answer["contact"]["id"]]


def test_many_at_once_under_one_key(broker: Broker) -> None:
    """Eight requests at the same moment: one contact, and all get the same answer."""
    answers = at_once(8, lambda _: do(broker, "create_contact", JANE, key="k").answer)
    assert answers == [answers[0]] * 8
    assert len(named(broker)) == 1
    assert posts(broker) == 1


def test_a_request_that_lost_its_run_sends_nothing_more(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease ended and another request took over: that one goes on, this one stops."""
    real = module.call_stora

    def stolen(*arguments: Any, **options: Any) -> Any:
        with broker.parts.store.begin() as c:
            c.execute(update(action_runs).values(lease="somebody else's"))
        return real(*arguments, **options)

    monkeypatch.setattr(module, "call_stora", stolen)
    break_down(broker, "500")
    with pytest.raises(Unavailable):
        do(broker, "create_contact", JANE, key="k")
    assert posts(broker) == 1
    assert rows(broker.parts, action_runs)[0].lease == "somebody else's"


def test_a_story_ends_when_its_builder_no_longer_waits(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow Stora is not asked for page after page; the builder is told to try again."""
    monkeypatch.setattr(module, "LEAST_ANSWER_S", 1.0)
    break_down(broker, "slow", path="/2025-09/units", method="GET", seconds=0.5)
    allocation = books(broker, "unit_allocation")[0]
    with pytest.raises(StoraUnavailable, match="too long"):
        do(broker, "find_person_of_unit", {"unit_id": allocation["unit"]["id"]}, within_s=0.4)


# ---- what may not be repeated ------------------------------------------------------------------


def overlockable(broker: Broker) -> dict[str, str]:
    """Return the input that locks a customer out."""
    tenancy = next(each for each in books(broker, "tenancy") if each["ends_at"] is None)
    return {"contact_id": tenancy["contact"]["id"]}


def test_what_locks_people_out_is_never_repeated_blindly(broker: Broker) -> None:
    """After a lost answer it is not sent again, neither by itself nor for a repeat."""
    path = "/2025-09/units/overlock"
    break_down(broker, "lost_answer", path=path)
    for _ in range(3):
        with pytest.raises(OutcomeUnknown) as told:
            do(broker, "overlock_units", overlockable(broker), key="k")
        assert "Look in Stora" in told.value.message
    assert posts(broker, path) == 1


def test_a_known_failure_of_it_may_be_repeated_by_the_builder(broker: Broker) -> None:
    """Not by itself; but nothing happened, so who asks again gets it done."""
    path = "/2025-09/units/overlock"
    break_down(broker, "500", path=path)
    with pytest.raises(StoraUnavailable):
        do(broker, "overlock_units", overlockable(broker), key="k")
    assert posts(broker, path) == 1
    do(broker, "overlock_units", overlockable(broker), key="k")
    assert posts(broker, path) == 2


def test_a_loss_without_a_key_has_to_be_looked_at(broker: Broker) -> None:
    """Who cannot come back under the same key is told that it may have happened."""
    break_down(broker, "lost_answer", times=ATTEMPTS)
    with pytest.raises(OutcomeUnknown):
        do(broker, "create_contact", JANE)
    assert len(named(broker)) == 1


@pytest.mark.parametrize("kind", ["lost_answer", "500"])
def test_a_change_is_repeated(broker: Broker, kind: str) -> None:
    """The same PATCH twice is the same as once, so it is sent again, and has no key."""
    contact = first(broker, "contact")
    break_down(broker, kind, method="PATCH", times=ATTEMPTS - 1)
    do(broker, "update_contact", {"contact_id": contact, "full_name": "New Name"})
    assert first(broker, "contact", full_name="New Name") == contact
    assert len(broker.stora.calls("PATCH")) == ATTEMPTS


def test_a_free_call_is_never_repeated(broker: Broker) -> None:
    """What `call_stora_api` does nobody knows, so a lost DELETE is for a person to look at."""
    contact = do(broker, "create_contact", JANE).answer["contact"]["id"]
    break_down(broker, "lost_answer", method="DELETE")
    path = f"/contacts/{contact}"
    with pytest.raises(OutcomeUnknown):
        do(broker, "call_stora_api", {"method": "DELETE", "path": path}, key="k")
    assert broker.stora.calls("DELETE") == [f"/2025-09{path}"]


def test_a_search_is_repeated_and_recorded_nowhere(broker: Broker) -> None:
    """Reading again is harmless."""
    break_down(broker, "lost_answer", method="GET", times=ATTEMPTS - 1)
    assert do(broker, "list_contacts", {"limit": 3}, key="k").answer["contacts"]
    assert rows(broker.parts, action_runs) == []
