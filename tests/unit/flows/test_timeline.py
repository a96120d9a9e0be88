"""The timeline: each action leaves an entry in Stora, or says why not, and never suffers."""

from typing import Any

import pytest
from acting import JANE, books, break_down, do, everybody, first, forbid
from broker import Broker
from parallel import at_once
from sqlalchemy import update
from stage import rows

from connector import world
from connector.catalogue.actions import ACTIONS
from connector.flows import prune as pruning
from connector.flows import timeline, timeline_writer
from connector.flows.timeline import Workflow, happened
from connector.flows.timeline_writer import RETRIES_MS, write_due
from connector.store.tables import timeline_entries as table

EVENTS = "/2025-09/timeline/events"


def entries(broker: Broker) -> list[dict[str, Any]]:
    """Return the entries in Stora's timeline."""
    return books(broker, "timeline_event")


def the_row(broker: Broker) -> Any:
    """Return the only entry that Unitwire has."""
    (row,) = rows(broker.parts, table)
    return row


def come_due(broker: Broker) -> None:
    """Let what waits be due."""
    with broker.parts.store.begin() as c:
        c.execute(update(table).where(table.c.status == "pending").values(due=world.now_ms()))


def test_an_action_leaves_an_entry(broker: Broker) -> None:
    """It says what was done, by which workflow, on which platform, and hangs on the contact."""
    workflow = Workflow("zap_1", "New lead")
    done = do(broker, "create_contact", JANE, key="k", workflow=workflow)
    assert done.timeline is not None
    assert done.timeline.document == {"status": "pending"}
    assert entries(broker) == []  # not while the builder waits

    assert write_due(broker.parts) == 1
    (entry,) = entries(broker)
    assert entry["description"] == "Contact created via Zapier by the workflow New lead"
    assert entry["external"]["id"] == "zap_1"
    assert entry["contact"] == {"id": done.answer["contact"]["id"]}
    assert entry["variables"] == {
        "action": "Contact created",
        "workflow": "New lead",
        "platform": "Zapier",
    }
    again = do(broker, "create_contact", JANE, key="k", workflow=workflow)
    assert again.timeline is not None
    assert again.timeline.document == {"status": "written", "event": {"id": entry["id"]}}
    assert write_due(broker.parts) == 0


def test_an_entry_hangs_on_what_the_action_was_about(broker: Broker) -> None:
    """What the answer shows and what the form named: contact, site, unit and so on."""
    contact, site = first(broker, "contact"), first(broker, "site")
    do(broker, "create_deal", {"name": "D", "contact_id": contact, "site_id": site})
    write_due(broker.parts)
    (entry,) = entries(broker)
    assert (entry["contact"], entry["site"]) == ({"id": contact}, {"id": site})


def test_what_changes_nothing_leaves_no_entry(broker: Broker) -> None:
    """A search, a check, and a contact that was there already are not told of."""
    contact = books(broker, "contact")[0]
    known = {"email": contact["email"], "full_name": "Anybody"}
    assert do(broker, "list_contacts", {}).timeline is None
    assert do(broker, "find_or_create_contact", known).timeline is None
    assert do(broker, "call_stora_api", {"method": "GET", "path": "/sites"}).timeline is None
    assert rows(broker.parts, table) == []


def test_an_entry_of_ones_own_is_the_entry(broker: Broker) -> None:
    """`add_timeline_event` writes to the timeline itself; that is not told of a second time."""
    source, template = (
        first(broker, "timeline_source"),
        first(broker, "timeline_template", name="Workflow Action"),
    )
    asked = {"source_id": source, "template_id": template, "description": "Hello"}
    for _ in range(2):
        done = do(broker, "add_timeline_event", asked, key="k")
        assert done.timeline is not None
        assert done.timeline.event_id == done.answer["event"]["id"]
    assert len(entries(broker)) == 1


@pytest.mark.parametrize("kind", ["lost_answer", "500"])
def test_a_write_that_goes_wrong_is_tried_again(broker: Broker, kind: str) -> None:
    """Once more a while later; in the end there is one entry, and the action was never harmed."""
    do(broker, "create_contact", JANE, key="k")
    break_down(broker, kind, path=EVENTS)
    write_due(broker.parts)
    row = the_row(broker)
    assert row.status == "pending"
    assert RETRIES_MS[0] * 0.9 < row.due - world.now_ms() <= RETRIES_MS[0] * 1.25
    assert write_due(broker.parts) == 0
    come_due(broker)
    assert write_due(broker.parts) == 1
    assert len(entries(broker)) == 1
    assert the_row(broker).status == "written"


def test_it_gives_up_in_the_end(broker: Broker) -> None:
    """After all retries the entry is failed, and says why."""
    do(broker, "create_contact", JANE, key="k")
    break_down(broker, "500", path=EVENTS, times=1 + len(RETRIES_MS))
    for _ in RETRIES_MS:
        write_due(broker.parts)
        assert the_row(broker).status == "pending"
        come_due(broker)
    write_due(broker.parts)
    done = do(broker, "create_contact", JANE, key="k")
    assert done.timeline is not None
    assert done.timeline.status == "failed"
    assert "Stora could not do this" in (done.timeline.problem or "")


def test_what_stora_refuses_has_failed(broker: Broker) -> None:
    """A refusal is not tried again; it is shown."""
    do(broker, "create_contact", JANE, key="k")
    gone = first(broker, "contact", email=JANE["email"])
    broker.stora.sandbox.state.delete("harbour", "contact", gone)
    write_due(broker.parts)
    assert the_row(broker).status == "failed"
    assert the_row(broker).problem


def test_without_its_template_the_timeline_is_off(broker: Broker) -> None:
    """The first entry finds out; from then on the answer says so at once, and the action works."""
    template = first(broker, "timeline_template", name="Workflow Action")
    broker.stora.sandbox.state.delete("harbour", "timeline_template", template)
    do(broker, "create_contact", JANE, key="k")
    write_due(broker.parts)
    told = "There is no timeline template named Workflow Action in Stora."
    assert (the_row(broker).status, the_row(broker).problem) == ("off", told)
    done = do(broker, "create_contact", JANE | {"email": "b@example.com"})
    assert done.timeline is not None
    assert done.timeline.document == {"status": "off", "problem": told}
    assert write_due(broker.parts) == 0


@pytest.mark.parametrize("scope", timeline.NEEDS)
def test_without_the_permission_the_timeline_is_off(broker: Broker, scope: str) -> None:
    """The answer says which permission is missing, and Stora is not bothered."""
    forbid(broker, scope)
    done = do(broker, "create_contact", JANE)
    assert done.timeline is not None
    assert done.timeline.status == "off"
    assert scope in (done.timeline.problem or "")
    assert write_due(broker.parts) == 0


def test_names_are_settings(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Source and template are found by the names that are set, in either case."""
    monkeypatch.setitem(broker.parts.settings.__dict__, "timeline_source", "my crm")
    do(broker, "create_contact", JANE)
    write_due(broker.parts)
    assert entries(broker)[0]["source"]["id"] == first(broker, "timeline_source", name="My CRM")


def test_two_writers_write_once(broker: Broker) -> None:
    """However many dispatchers there are, each entry is written by one of them."""
    do(broker, "create_contact", JANE)
    write_due(broker.parts)  # who comes first looks for source and template
    for number in range(5):
        do(broker, "create_contact", JANE | {"email": f"{number}@example.com"})
    tried = at_once(4, lambda _: write_due(broker.parts))
    assert sum(tried) == 5
    assert len(entries(broker)) == 6


def test_a_writer_that_dies_loses_nothing(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """It dies after Stora has the entry: the next one finds it there and adds none."""
    do(broker, "create_contact", JANE)

    def die(*args: Any, **values: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(timeline_writer, "_save", die)
        with pytest.raises(SystemExit):
            write_due(broker.parts)
    assert write_due(broker.parts) == 0  # for a minute it is the dead one's
    come_due(broker)
    assert write_due(broker.parts) == 1
    assert len(entries(broker)) == 1


def test_a_full_budget_only_delays_it(broker: Broker) -> None:
    """Stora's wish to wait is obeyed and is no failed attempt."""
    do(broker, "create_contact", JANE)
    break_down(broker, "429", path="/2025-09/timeline", method="", seconds=30)
    write_due(broker.parts)
    row = the_row(broker)
    assert (row.status, row.attempts) == ("pending", 0)
    assert row.due - world.now_ms() > 20_000


def test_the_summary_tells_how_it_goes(broker: Broker) -> None:
    """How many there are in each status, and the newest problem."""
    do(broker, "create_contact", JANE)
    write_due(broker.parts)
    here = broker.connections[0]
    assert timeline.summary(broker.parts, here) == {"written": 1, "problem": None}
    forbid(broker, timeline.NEEDS[0])
    do(broker, "create_contact", JANE | {"email": "b@example.com"})
    told = timeline.summary(broker.parts, here)
    assert (told["written"], told["off"]) == (1, 1)
    assert timeline.NEEDS[0] in told["problem"]


def test_old_entries_go(broker: Broker) -> None:
    """What is written is removed with the events of its time; what waits stays."""
    do(broker, "create_contact", JANE)
    write_due(broker.parts)
    do(broker, "create_contact", JANE | {"email": "b@example.com"})
    old = world.now_ms() - broker.parts.settings.retention_days * pruning.DAY_MS
    with broker.parts.store.begin() as c:
        c.execute(update(table).values(created_at=old))
    pruning.prune(broker.parts)
    assert the_row(broker).status == "pending"


WRITING = [action for action in ACTIONS if action.repeat != "read"]


@pytest.mark.parametrize("action", WRITING, ids=lambda action: action.key)
def test_every_action_can_say_what_it_did(action: Any) -> None:
    """Something that was done to something, in words that stand in a sentence."""
    told = happened(action)
    assert told.split()[-1] in timeline._DONE.values()
    assert len(told.split()) >= 2


def test_some_sentences() -> None:
    """How actions are told."""
    told = {action.key: happened(action) for action in WRITING}
    assert told["find_or_create_contact"] == "Contact created"
    assert told["win_deal"] == "Deal won"
    assert told["overlock_units"] == "Units overlocked"
    assert told["remove_overlock"] == "Overlock removed"
    assert told["call_stora_api"] == "Stora API called"


def test_the_platforms_name_is_used(broker: Broker) -> None:
    """A platform that nobody knows is called by its slug."""
    do(broker, "create_contact", JANE, caller=everybody(broker, platform="acme-flows"))
    write_due(broker.parts)
    assert entries(broker)[0]["description"] == "Contact created via acme-flows"
