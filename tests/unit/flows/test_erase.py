"""A contact is forgotten: in events, in what waits, in answers, in samples, in the timeline."""

import json

import pytest
from sqlalchemy import insert, update
from stage import UPSTREAM_SECRET, all_deliveries, all_events, connect, listen, rows

from connector import world
from connector.catalogue.samples import sample
from connector.errors import InvalidRequest
from connector.flows.erase import BATCH, ERASED, erase
from connector.flows.parts import Parts
from connector.flows.receive import receive
from connector.flows.samples import samples
from connector.stora.signature import sign
from connector.store.tables import attempts, audit, deliveries, timeline_entries

CONTACT, OTHER = "con_4f0c2a9be1d35778", "con_0000000000000001"


def take(parts: Parts, event_id: str, contact_id: str) -> bytes:
    """Receive an event about a contact."""
    document = sample("invoice.paid", event_id=event_id)
    document["event"]["data"]["invoice"]["contact"] = {"id": contact_id, "email": "a@example.com"}
    body = json.dumps(document).encode()
    receive(parts, "we_1", sign(UPSTREAM_SECRET, body, world.now_ms() // 1000), body)
    return body


@pytest.fixture(autouse=True)
def endpoint(parts: Parts) -> None:
    """One endpoint that listens."""
    connect(parts)
    listen(parts)


def answered(parts: Parts) -> None:
    """Let a workflow have answered to every event, with what it got."""
    with parts.store.begin() as c:
        for row in all_deliveries(parts):
            c.execute(
                insert(attempts).values(
                    connection_id=row.connection_id,
                    delivery_id=row.id,
                    number=1,
                    started_at=0,
                    duration_ms=1,
                    status=500,
                    error="",
                    answer_head=b"location: /a@example.com",
                    answer=b"a@example.com",
                )
            )


def test_a_contact_is_forgotten_and_no_other(parts: Parts) -> None:
    """Bodies, answers and what waits of this contact go; those of another stay as they were."""
    take(parts, "evt_1", CONTACT)
    kept = take(parts, "evt_2", OTHER)
    answered(parts)
    done = erase(parts, CONTACT)
    assert (done.events, done.deliveries, done.attempts) == (1, 1, 1)
    bodies = {row.id: bytes(row.body) for row in all_events(parts)}
    assert bodies["evt_2"] == kept
    assert json.loads(bodies["evt_1"])["event"]["data"] == {}
    log = {row.event_id: row for row in all_deliveries(parts)}
    assert (log["evt_1"].status, log["evt_1"].reason, log["evt_1"].due) == ("skipped", ERASED, None)
    assert log["evt_2"].status == "pending"
    answers = {
        row.delivery_id: bytes(row.answer_head + row.answer) for row in rows(parts, attempts)
    }
    assert answers[log["evt_1"].id] == b""
    assert answers[log["evt_2"].id].count(b"a@example.com") == 2
    shown = json.dumps(samples(parts, "conn_1", "invoice.paid"))
    assert CONTACT not in shown
    assert CONTACT not in repr(rows(parts, audit))


def test_stora_repeating_it_brings_nothing_back(parts: Parts) -> None:
    """The event is still known."""
    body = take(parts, "evt_1", CONTACT)
    erase(parts, CONTACT)
    receive(parts, "we_1", sign(UPSTREAM_SECRET, body, world.now_ms() // 1000), body)
    (row,) = all_events(parts)
    assert CONTACT.encode() not in bytes(row.body)
    assert row.repeats == 1


def test_what_was_delivered_stays_delivered(parts: Parts) -> None:
    """Only what waits is skipped."""
    take(parts, "evt_1", CONTACT)
    with parts.store.begin() as c:
        c.execute(update(deliveries).values(status="delivered", due=None))
    erase(parts, CONTACT)
    assert [row.status for row in all_deliveries(parts)] == ["delivered"]


def test_every_batch_is_looked_through(parts: Parts) -> None:
    """One event more than fits into a batch is found too; a second time there is nothing."""
    for number in range(BATCH + 1):
        take(parts, f"evt_{number}", CONTACT)
    assert erase(parts, CONTACT).events == BATCH + 1
    assert erase(parts, CONTACT).events == 0


def test_the_timeline_forgets_too(parts: Parts) -> None:
    """What was noted for Stora's timeline about the contact is removed."""
    entry = {"status": "pending", "due": 0, "attempts": 0, "generation": 0, "created_at": 0}
    with parts.store.begin() as c:
        for number, contact_id in enumerate((CONTACT, OTHER)):
            body = json.dumps({"subject": {"id": contact_id}})
            c.execute(
                insert(timeline_entries).values(
                    connection_id="conn_1", id=f"tle_{number}", body=body, **entry
                )
            )
    assert erase(parts, CONTACT).timeline_entries == 1
    assert [row.id for row in rows(parts, timeline_entries)] == ["tle_1"]


@pytest.mark.parametrize("contact_id", ["", "con", "x" * 129, "con_\n123", "con_é123"])
def test_what_is_no_id_is_refused(parts: Parts, contact_id: str) -> None:
    """A text that would be found everywhere erases nothing."""
    take(parts, "evt_1", CONTACT)
    with pytest.raises(InvalidRequest):
        erase(parts, contact_id)
    assert CONTACT.encode() in bytes(all_events(parts)[0].body)
