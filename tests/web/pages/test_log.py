"""The log, one delivery, and sending again."""

from typing import Any

import pytest
import stage
import time_machine

from connector import world
from connector.flows import replays as replay_flow
from connector.flows import search as search_flow
from connector.flows.deliveries import Filter
from connector.flows.parts import Parts
from connector.flows.replay_choice import preview
from connector.flows.replays import begin_again, cancel, show, step
from connector.flows.search import PAGE, search
from connector.store.tables import replays

BASE = "http://127.0.0.1:8080"


def ids(parts: Parts, **wanted: Any) -> list[str]:
    """Return the ids of the first page."""
    text = wanted.pop("text", "")
    return [row.id for row in search(parts, "conn_1", Filter(**wanted), text=text).rows]


def test_pages_follow_one_another_without_a_gap(person: Any, log: Any, parts: Parts) -> None:
    """Every delivery is on exactly one page, newest first, whatever arrives meanwhile."""
    written = [log(age_ms=1000 * number) for number in range(2 * PAGE + 3)]
    seen: list[str] = []
    before = ""
    while True:
        found = search(parts, "conn_1", Filter(), before=before)
        seen += [row.id for row in found.rows]
        log()
        if found.older is None:
            break
        before = found.older
    assert seen == written


@pytest.mark.parametrize("count", [PAGE, PAGE + 1])
def test_an_older_page_is_offered_only_if_there_is_one(person: Any, log: Any, count: int) -> None:
    """At a full page there is none, one more makes it."""
    for number in range(count):
        log(age_ms=number)
    assert ("before=" in person.look("/deliveries")) == (count > PAGE)


def test_the_log_is_narrowed(person: Any, log: Any, parts: Parts) -> None:
    """By status, workflow, event type, and time; all conditions hold at once."""
    stage.listen(parts, "we_2", name="Gate codes")
    taken = log()
    dead = log("dead", age_ms=10_000)
    other = log(endpoint_id="we_2", event_type="unit.occupied", age_ms=20_000)
    old = log("dead", age_ms=7_200_000)
    assert ids(parts) == [taken, dead, other, old]
    assert ids(parts, statuses=("dead",)) == [dead, old]
    assert ids(parts, endpoint_id="we_2") == [other]
    assert ids(parts, event_type="unit.occupied") == [other]
    assert ids(parts, statuses=("dead",), created_after=world.now_ms() - 3_600_000) == [dead]
    assert ids(parts, statuses=("dead",), endpoint_id="we_2") == []


def test_the_log_is_searched(person: Any, log: Any, parts: Parts) -> None:
    """By id, by a workflow's name, and by what Stora sent, percent signs and all."""
    stage.listen(parts, "we_2", name="Gate codes")
    plain = log()
    odd = log(body=b'{"event": {"note": "100% J\xc3\xb8rgensen"}}', age_ms=10)
    named = log(endpoint_id="we_2", age_ms=20, event_id="evt_named")
    assert ids(parts, text=plain) == [plain]
    assert ids(parts, text="evt_named") == [named]
    assert ids(parts, text="we_2") == [named]
    assert ids(parts, text="gate CODES") == [named]
    assert ids(parts, text="Jørgensen") == [odd]
    assert ids(parts, text="100%") == [odd]
    assert ids(parts, text="%%%") == []


def test_a_look_is_bounded_and_goes_on(
    person: Any, log: Any, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A filter that fits nothing near says how far it looked; the next look finds the rest."""
    monkeypatch.setattr(search_flow, "WINDOW", 3)
    far = log(event_type="unit.occupied", age_ms=100_000)
    for number in range(5):
        log(age_ms=number)
    first = search(parts, "conn_1", Filter(event_type="unit.occupied"))
    assert (list(first.rows), first.looked_to is None) == ([], False)
    second = search(parts, "conn_1", Filter(event_type="unit.occupied"), before=str(first.older))
    assert [row.id for row in second.rows] == [far]


def test_a_look_at_everything_counts_nothing(
    person: Any, log: Any, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a filter there is nothing to look past, so the page costs what it shows."""
    monkeypatch.setattr(search_flow, "WINDOW", 1)
    written = [log(age_ms=1000 * number) for number in range(3)]
    assert [row.id for row in search(parts, "conn_1", Filter()).rows] == written


@pytest.mark.parametrize(
    "query", ["status=x", "period=x", "before=x", "q=a&q=b", "endpoint_id=%00", "q=" + "x" * 9000]
)
def test_a_bad_address_is_a_page(person: Any, query: str) -> None:
    """Whatever stands in the address, the answer is a page and never a fault of ours."""
    answer = person.client.get(f"/deliveries?{query}", base_url="http://127.0.0.1:8080")
    assert answer.status_code in (200, 400, 422)
    assert answer.mimetype == "text/html"


def test_what_others_wrote_is_text(person: Any, log: Any, parts: Parts) -> None:
    """Markup in names, bodies and answers is shown, never run."""
    evil = "<script>alert(1)</script>"
    stage.listen(parts, "we_2", name=evil, description=evil, external_id=evil, source=evil)
    id = log(endpoint_id="we_2", body=evil.encode(), answer=evil.encode())
    for path in (
        "/",
        "/workflows",
        "/workflows/we_2",
        "/deliveries",
        f"/deliveries/{id}",
        "/start",
        "/why?id=we_2",
        f"/why?id={evil}",
        f"/deliveries?q={evil}",
    ):
        answer = person.client.get(path, base_url="http://127.0.0.1:8080")
        assert evil not in answer.text, path
    assert "&lt;script&gt;" in person.look(f"/deliveries/{id}")


def test_the_live_tail_tells_what_is_new_and_ends(person: Any, log: Any) -> None:
    """Each look begins seconds before the last, so what was committed late is not left out."""

    def look(last: str) -> str:
        answer = person.client.get(
            "/deliveries/live", base_url=BASE, headers={"Last-Event-ID": last}
        )
        assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
        return str(answer.text)

    log(age_ms=60_000)
    first = look("")
    assert "event: delivery" not in first
    since = first.split("id: ")[1].split("\n")[0]
    late = log(age_ms=5_000)
    assert late in look(since)
    new = log()
    assert f"id: {new}" in look(since)
    with time_machine.travel(world.now_ms() / 1000 + 60):
        newest = log()
        assert new not in look(newest)


def test_a_replay_goes_at_its_pace_and_ends(person: Any, log: Any, parts: Parts) -> None:
    """60 a minute are one a second; what was let go is due, and each is let go once."""
    with time_machine.travel(world.now_ms() / 1000, tick=False) as clock:
        dead = [log("dead", age_ms=60_000 - number) for number in range(5)]
        log(age_ms=40_000)
        wanted = Filter(statuses=("dead",))
        assert preview(parts, "conn_1", wanted).count == 5
        assert "60 a minute: takes 5 seconds" in person.look("/replays/new?status=dead")
        clock.shift(1)
        begun = begin_again(parts, "conn_1", wanted, per_minute=60, actor="test")
        assert "About 5 seconds left." in person.look(f"/replays/{begun.id}")
        assert step(parts) == 0
        clock.shift(2)
        assert step(parts) == 2
        assert step(parts) == 0
        pending = [row.id for row in stage.all_deliveries(parts) if row.status == "pending"]
        assert sorted(pending) == dead[:2]
        clock.shift(60)
        assert step(parts) == 3
        assert show(parts, "conn_1", begun.id).done == 5
        clock.shift(10)
        assert step(parts) == 0
        assert show(parts, "conn_1", begun.id).status == "finished"


def test_a_preview_tells_what_it_uses(person: Any, log: Any, parts: Parts) -> None:
    """By platform, in its own unit; what cannot be sent again is not counted."""
    stage.listen(parts, "we_2", source="n8n")
    stage.listen(parts, "we_3", source="make", status="disabled")
    for endpoint_id, count in (("we_1", 2), ("we_2", 3), ("we_3", 4)):
        for _ in range(count):
            log("dead", endpoint_id=endpoint_id)
    found = preview(parts, "conn_1", Filter(statuses=("dead",)))
    assert (found.sources, found.count, found.complete) == ({"zapier": 2, "n8n": 3}, 5, True)
    page = person.look("/replays/new?status=dead")
    assert "5 deliveries would be sent again" in page
    assert "About 2 tasks of Zapier for each action step" in page
    assert "About 3 executions of n8n" in page
    assert "Make" not in page


def test_a_cancelled_replay_lets_nothing_more_go(person: Any, log: Any, parts: Parts) -> None:
    """What was let go goes its way, the rest stays as it was."""
    for number in range(5):
        log("dead", age_ms=60_000 - number)
    answer = person.press("/replays", per_minute="60", period="24h")
    replay_id = answer.location.rpartition("/")[2]
    person.press(f"/replays/{replay_id}/cancel")
    with time_machine.travel(world.now_ms() / 1000 + 60):
        assert step(parts) == 0
    assert show(parts, "conn_1", replay_id).status == "cancelled"
    assert {row.status for row in stage.all_deliveries(parts)} == {"dead"}
    cancel(parts, "conn_1", replay_id, actor="test")


def test_two_dispatchers_do_a_step_once(
    person: Any, log: Any, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second, which looked before the first wrote, changes nothing."""
    with time_machine.travel(world.now_ms() / 1000, tick=False) as clock:
        log("dead", age_ms=60_000)
        clock.shift(1)
        begun = begin_again(parts, "conn_1", Filter(), per_minute=60, actor="test")
        clock.shift(30)
        assert replay_flow._step(parts, begun, world.now_ms()) == 1
        assert replay_flow._step(parts, begun, world.now_ms()) == 0


def test_the_pace_is_one_of_those_offered(person: Any, log: Any, parts: Parts) -> None:
    """Anything else is refused and begins nothing."""
    log("dead")
    person.press("/replays", 400, per_minute="61")
    assert stage.rows(parts, replays) == []


def test_one_delivery_is_told_as_a_story(person: Any, log: Any) -> None:
    """From Stora to the builder's answer, with what was sent, and a button to send it again."""
    id = log("dead", last_status=403, answer=b"no entry")
    html = person.look(f"/deliveries/{id}")
    for told in (
        "It happened in Stora",
        "Verified",
        "Stored",
        "Attempt 1",
        "webhook-id: ",
        "no entry",
        "Given up",
    ):
        assert told in html
    assert person.press(f"/deliveries/{id}/replay").location == f"/deliveries/{id}"
    assert "Waiting" in person.look(f"/deliveries/{id}")


def test_what_stora_sent_is_saved_byte_for_byte(person: Any, stranger: Any, log: Any) -> None:
    """As a file that no browser shows as a page; another operator finds nothing."""
    body = b"<script>1</script>" * 2_000
    id = log(body=body, event_id="evt_1")
    assert "The beginning of it." in person.look(f"/deliveries/{id}")
    answer = person.client.get(f"/deliveries/{id}/body", base_url=BASE)
    assert (answer.data, answer.mimetype) == (body, "application/octet-stream")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="evt_1.json"'
    stranger.look(f"/deliveries/{id}/body", 404)


@pytest.mark.parametrize("text", ["Jørgensen & Søn", "倉庫", "مخزن", "🔑", "\u202eevil"])
def test_people_write_in_their_own_language(person: Any, log: Any, text: str) -> None:
    """What is searched for, and typed into a form, is any text."""
    found = log(body=text.encode())
    page = person.client.get("/deliveries", query_string={"q": text}, base_url=BASE)
    assert found in page.text
    form = {"path0": "invoice.number", "op0": "is", "value0": text}
    assert person.press("/workflows/we_1/filter", 200, do="try", **form)


@pytest.mark.parametrize(("length", "status"), [(12_000, 200), (12_001, 400)])
def test_a_text_has_a_bound(person: Any, length: int, status: int) -> None:
    """12,000 characters of a form are taken, one more is refused."""
    form = {"path0": "invoice.number", "op0": "is", "value0": "," * length}
    person.press("/workflows/we_1/filter", status, do="try", **form)
