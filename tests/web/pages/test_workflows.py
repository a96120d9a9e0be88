"""What can be done to a workflow: pause, resume, filter, test, rotate; and why it did not run."""

import json
import re
from typing import Any

import pytest
import stage
import time_machine

from connector import world
from connector.catalogue.filters import Clause, places, read_clauses, sentence, unmet
from connector.catalogue.samples import sample
from connector.dispatcher import Dispatcher
from connector.flows.parts import Parts
from connector.flows.pause import waiting
from connector.flows.receive import receive
from connector.flows.replays import step
from connector.flows.why import why
from connector.stora.signature import sign
from connector.store.tables import audit, webhook_endpoints


def arrive(parts: Parts, event_id: str, event_type: str = "invoice.paid", **data: Any) -> None:
    """Let an event of Stora arrive."""
    body = sample(event_type, event_id=event_id)
    body["event"]["data"]["invoice"].update(data)
    text = json.dumps(body).encode()
    receive(parts, "we_1", sign([stage.UPSTREAM_SECRET], text, world.now_ms() // 1000), text)


def state(parts: Parts) -> list[tuple[str, bool]]:
    """Return status of each delivery, and whether it has a moment to be sent at, in order."""
    return sorted((row.status, row.due is not None) for row in stage.all_deliveries(parts))


def test_a_paused_workflow_keeps_what_arrives(person: Any, parts: Parts) -> None:
    """Events are stored and wait; nothing is claimed, and nothing is skipped."""
    arrive(parts, "evt_before")
    person.press("/workflows/we_1/pause")
    person.press("/workflows/we_1/pause")
    arrive(parts, "evt_after")
    assert state(parts) == [("pending", False)] * 2
    now = world.now_ms()
    assert parts.ledger.claim(lease="l", now=now, until=now + 1, count=10, busy=()) == []
    assert waiting(parts, "conn_1", "we_1") == 2
    assert "2 events wait" in person.look("/workflows/we_1")


def test_what_was_under_way_waits_too_after_it_failed(person: Any, parts: Parts) -> None:
    """A dispatcher that claims a delivery of a paused workflow puts it back, untried."""
    arrive(parts, "evt_1")
    with parts.store.begin() as c:
        c.execute(webhook_endpoints.update().values(paused_at=world.now_ms()))
    dispatcher = Dispatcher(parts)
    try:
        assert dispatcher.turn(0) == 1
    finally:
        dispatcher._finish()
    (row,) = stage.all_deliveries(parts)
    assert (row.status, row.due, row.lease, row.attempts) == ("pending", None, None, 0)


def test_a_resumed_workflow_lets_its_backlog_go(person: Any, parts: Parts) -> None:
    """At the pace that was chosen; what arrives then goes at once, and nothing is forgotten."""
    with time_machine.travel(world.now_ms() / 1000, tick=False) as clock:
        person.press("/workflows/we_1/pause")
        for number in range(3):
            arrive(parts, f"evt_{number}")
        assert "3 events wait" in person.look("/workflows/we_1/resume")
        answer = person.press("/workflows/we_1/resume", per_minute="60")
        arrive(parts, "evt_new")
        assert state(parts) == [("pending", False)] * 3 + [("pending", True)]
        clock.shift(2)
        assert step(parts) == 2
        clock.shift(60)
        assert step(parts) == 1
        assert state(parts) == [("pending", True)] * 4
        clock.shift(60)
        step(parts)
        assert "Finished" in person.look(answer.location)


def test_an_event_that_came_in_just_then_is_not_forgotten(person: Any, parts: Parts) -> None:
    """Judged while the workflow was paused, written after it was resumed: it goes all the same."""
    with time_machine.travel(world.now_ms() / 1000, tick=False) as clock:
        person.press("/workflows/we_1/pause")
        arrive(parts, "evt_1")
        person.press("/workflows/we_1/resume", per_minute="1200")
        clock.shift(5)
        assert step(parts) == 1
        with parts.store.begin() as c:
            c.execute(webhook_endpoints.update().values(paused_at=1))
        arrive(parts, "evt_2")
        with parts.store.begin() as c:
            c.execute(webhook_endpoints.update().values(paused_at=None))
        clock.shift(60)
        assert step(parts) == 1
        assert state(parts) == [("pending", True)] * 2


def test_stopping_a_backlog_pauses_again(person: Any, parts: Parts) -> None:
    """Otherwise what waits would wait for ever."""
    with time_machine.travel(world.now_ms() / 1000, tick=False):
        person.press("/workflows/we_1/pause")
        arrive(parts, "evt_1")
        answer = person.press("/workflows/we_1/resume", per_minute="10")
        person.press(f"{answer.location}/cancel")
    assert "Paused" in person.look("/workflows/we_1")
    assert waiting(parts, "conn_1", "we_1") == 1


def test_a_secret_is_shown_once(person: Any, parts: Parts) -> None:
    """By the answer to the button; no page shows it again, and it is the one that signs."""
    html = person.press("/workflows/we_1/rotate_secret", 200).text
    (row,) = stage.rows(parts, webhook_endpoints)
    secret = parts.vault.open(row.secret_sealed)
    assert secret in html
    assert secret not in person.look("/workflows/we_1")


def test_loading_the_page_with_the_secret_again_makes_none(person: Any, parts: Parts) -> None:
    """The button of one page counts once; the next page has another."""
    number = re.compile(r'name="once" value="([^"]+)"')
    (once,) = number.findall(person.look("/workflows/we_1"))
    html = person.press("/workflows/we_1/rotate_secret", 200, once=once).text
    (row,) = stage.rows(parts, webhook_endpoints)
    again = person.press("/workflows/we_1/rotate_secret", 409, once=once).text
    assert "sent already" in again
    assert 'href="/workflows/we_1"' in again
    person.press("/workflows/we_1/rotate_secret", 409, once="")
    assert stage.rows(parts, webhook_endpoints) == [row]
    (second,) = number.findall(html)
    person.press("/workflows/we_1/rotate_secret", 200, once=second)
    assert stage.rows(parts, webhook_endpoints) != [row]


def test_a_refused_rotation_leaves_the_number_unspent(person: Any) -> None:
    """A workflow that is not there is told of each time; nothing "was sent already"."""
    for _ in range(2):
        person.press("/workflows/we_none/rotate_secret", 404, once="number")


def test_a_test_goes_out_like_a_real_event(person: Any) -> None:
    """The page shows how it fares."""
    answer = person.press("/workflows/we_1/test")
    html = person.look(answer.location)
    assert "A test was sent from here" in html
    assert "It happened in Stora" not in html


def test_every_change_is_noted(person: Any, parts: Parts) -> None:
    """With who did it; the account page tells."""
    person.press("/workflows/we_1/pause")
    person.press("/workflows/we_1/resume", per_minute="60")
    actions = [(row.action, row.actor) for row in stage.rows(parts, audit)]
    assert actions == [
        ("webhook_endpoint.paused", "browser"),
        ("webhook_endpoint.resumed", "browser"),
    ]
    assert "A workflow was paused" in person.look("/account/changes")


# ---- filters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "value", "passes"),
    [
        ("is", ("paid",), True),
        ("is", ("open", "paid"), True),
        ("is", ("open",), False),
        ("is_not", ("open", "void"), True),
        ("is_not", ("open", "paid"), False),
        ("contains", ("AI",), True),
        ("contains", ("x",), False),
    ],
)
def test_a_clause_compares_text(op: str, value: tuple[str, ...], passes: bool) -> None:
    """With one of the values, `is_not` with none of them."""
    data = {"invoice": {"status": "paid"}}
    assert (unmet([Clause("invoice.status", op, value)], data) is None) is passes


@pytest.mark.parametrize(
    ("amount", "passes"), [(14400, True), (14399, False), (14400.5, True), ("14400", True)]
)
def test_a_clause_compares_numbers(amount: Any, passes: bool) -> None:
    """The bound itself passes; one less does not."""
    clause = Clause("invoice.total.amount", "at_least", ("14400",))
    assert (unmet([clause], {"invoice": {"total": {"amount": amount}}}) is None) is passes


@pytest.mark.parametrize("found", [None, {}, [], "NaN", "x", True, {"amount": None}, 1e400])
def test_odd_values_meet_no_number(found: Any) -> None:
    """What is missing or no number is neither at least nor at most anything; nothing breaks."""
    for op in ("at_least", "at_most"):
        assert unmet([Clause("invoice.total", op, ("1",))], {"invoice": {"total": found}})


def test_a_clause_looks_into_lists_however_deep() -> None:
    """Lists in lists, deeper than Python calls can go, are looked into; nothing breaks."""
    found: Any = "paid"
    for _ in range(100_000):
        found = [found, 1]
    data = {"invoice": [{"status": found}, {"status": "open"}]}
    for value, passes in (("paid", True), ("open", True), ("void", False)):
        assert (unmet([Clause("invoice.status", "is", (value,))], data) is None) is passes


def test_a_clause_on_another_resource_does_not_concern_an_event() -> None:
    """A workflow that hears of invoices and units filters each by its own fields."""
    assert unmet([Clause("invoice.status", "is", ("paid",))], {"unit": {}}) is None


def test_every_field_of_every_event_can_be_named() -> None:
    """A clause on any place takes the example of that place."""
    from connector.catalogue.events import EVENTS

    for event in EVENTS:
        data = sample(event.type)["event"]["data"]
        found = [place for place in places([event.resource]) if place.example]
        assert found
        for place in found:
            clause = Clause(place.path, "is_not", ("no such value",))
            assert unmet([clause], data) is None, place.path


def test_a_filter_is_tried_and_kept(person: Any, parts: Parts) -> None:
    """The preview tells how many would have matched; then only those are sent."""
    for number, status in enumerate(("paid", "open", "paid")):
        arrive(parts, f"evt_{number}", status=status)
    form = {"path0": "invoice.status", "op0": "is", "value0": "paid, void"}
    page = person.press("/workflows/we_1/filter", 200, do="try", **form).text
    assert "matched 2 of your last 3" in page
    assert stage.rows(parts, webhook_endpoints)[0].filter is None
    person.press("/workflows/we_1/filter", do="keep", **form)
    kept = read_clauses(stage.rows(parts, webhook_endpoints)[0].filter)
    assert [sentence(each) for each in kept] == ["Invoice › Status is paid or void"]
    arrive(parts, "evt_wanted", status="void")
    arrive(parts, "evt_unwanted", status="open")
    last, newest = sorted(stage.all_deliveries(parts), key=lambda row: row.id)[-2:]
    assert {last.event_id: last.status, newest.event_id: newest.status} == {
        "evt_wanted": "pending",
        "evt_unwanted": "skipped",
    }
    told = why(parts, "conn_1", "evt_unwanted")
    assert told.sentence.endswith("The filter wants: Invoice › Status is paid or void")
    assert told.deed == "filter"
    person.press("/workflows/we_1/filter", do="keep")
    assert stage.rows(parts, webhook_endpoints)[0].filter is None


@pytest.mark.parametrize(
    "form",
    [
        {"path0": "invoice.nothing", "op0": "is", "value0": "x"},
        {"path0": "unit.name", "op0": "is", "value0": "x"},
        {"path0": "invoice.status", "op0": "like", "value0": "x"},
        {"path0": "invoice.total.amount", "op0": "at_least", "value0": "much"},
        {"path0": "invoice.status", "op0": "is", "value0": "x" * 201},
        {"path0": "invoice.status", "op0": "is", "value0": ",".join(map(str, range(51)))},
    ],
)
def test_a_wrong_filter_is_told_and_not_kept(
    person: Any, parts: Parts, form: dict[str, str]
) -> None:
    """The page says which condition is wrong, with what was typed still in it."""
    page = person.press("/workflows/we_1/filter", 422, do="keep", **form).text
    assert "Condition 1" in page
    assert stage.rows(parts, webhook_endpoints)[0].filter is None


# ---- why ---------------------------------------------------------------------------------------


def test_why_names_what_stopped_it(person: Any, parts: Parts, log: Any) -> None:
    """Each answer is one sentence, with the button that mends it."""
    assert why(parts, "conn_1", "we_1").deed == "test"
    assert why(parts, "conn_1", log(event_id="evt_ran")).sentence.startswith("It ran")
    assert why(parts, "conn_1", log("dead")).deed == "send_again"
    assert why(parts, "conn_1", log("pending", last_status=503)).deed == "try_now"
    assert "not available" in person.look("/why?id=we_1")
    with parts.store.begin() as c:
        c.execute(webhook_endpoints.update().values(paused_at=1))
    assert why(parts, "conn_1", "we_1").deed == "resume"
    assert why(parts, "conn_1", "evt_ran").sentence.startswith("It ran")
    with parts.store.begin() as c:
        c.execute(webhook_endpoints.update().values(status="disabled", disabled_reason="404s."))
    found = why(parts, "conn_1", "we_1")
    assert (found.deed, "404s." in found.sentence) == ("switch_on", True)
