"""Change an endpoint: in Stora first, one change after the other."""

import json
from typing import Any

import pytest
from broker import Broker
from parallel import at_once
from sqlalchemy import select, update
from stage import rows
from unit.flows.subscriptions import body, living

from connector import world
from connector.errors import Conflict, NotFound, StoraUnavailable, Unavailable
from connector.flows import endpoints, mirror
from connector.flows.endpoints import show
from connector.flows.subscribe import change, enable, subscribe
from connector.flows.turn import turn
from connector.flows.unsubscribe import disable, unsubscribe
from connector.store.tables import audit, upstream_endpoints, webhook_endpoints

# ---- what is changed ---------------------------------------------------------------------------


def test_a_change_goes_to_stora_first(broker: Broker) -> None:
    """An error means that nothing changed, on either side."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    broker.stora.fail("500", method="PATCH")
    with pytest.raises(StoraUnavailable):
        change(broker.parts, broker.app(), made.id, {"event_types": ["deal.won"], "name": "New"})

    kept = show(broker.parts, made.connection_id, made.id)
    assert (kept.name, kept.event_types) == (made.name, made.event_types)
    assert broker.stora.endpoints()[0]["event_types"] == list(made.event_types)


def test_new_event_types_find_the_door_open(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment Stora may send a new type, the row already takes it; old ones still pass."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    seen: list[Any] = []
    bring = mirror.bring

    def look(*given: Any, **options: Any) -> None:
        seen.append(json.loads(living(broker)[0].event_types))
        bring(*given, **options)

    monkeypatch.setattr(mirror, "bring", look)
    changed = change(broker.parts, broker.app(), made.id, {"event_types": ["deal.won"]})

    assert seen == [["credit_note.created", "deal.won"]]
    assert changed.event_types == ("deal.won",)
    assert json.loads(living(broker)[0].event_types) == ["deal.won"]


def test_a_new_target_is_no_business_of_stora(broker: Broker) -> None:
    """Stora knows our hook only."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    change(broker.parts, broker.app(), made.id, {"url": "https://example.org/", "description": "x"})

    assert broker.stora.calls("PATCH") == []


def test_a_change_makes_again_what_was_removed_in_stora(broker: Broker) -> None:
    """Somebody deleted it there; the workflow goes on with a new upstream secret."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    (gone,) = broker.stora.endpoints()
    broker.stora.delete(gone)

    change(broker.parts, broker.app(), made.id, {"event_types": ["deal.won"]})

    (upstream,), (kept,) = broker.stora.endpoints(), rows(broker.parts, upstream_endpoints)
    assert upstream["id"] != gone["id"]
    assert (kept.id, kept.status) == (upstream["id"], "live")
    assert upstream["event_types"] == ["deal.won"]


def test_an_external_id_that_another_endpoint_has_is_refused(broker: Broker) -> None:
    """409, and nothing changes on either side."""
    subscribe(broker.parts, broker.app(), body("one"))
    other = subscribe(broker.parts, broker.app(), body("other")).endpoint
    with pytest.raises(Conflict):
        change(broker.parts, broker.app(), other.id, {"metadata": {"external_id": "one"}})

    assert show(broker.parts, other.connection_id, other.id).external_id == "other"
    assert broker.stora.endpoints()[1]["metadata"]["external_id"] == "other"


def test_a_new_external_id_goes_to_stora_and_is_known_again(broker: Broker) -> None:
    """The stamp follows on both sides."""
    made = subscribe(broker.parts, broker.app(), body("old")).endpoint
    change(broker.parts, broker.app(), made.id, {"metadata": {"external_id": "new"}})

    assert broker.stora.endpoints()[0]["metadata"]["external_id"] == "new"
    assert not subscribe(broker.parts, broker.app(), body("new")).created
    assert subscribe(broker.parts, broker.app(), body("old")).created


def test_each_change_is_noted(broker: Broker) -> None:
    """Who did what to which endpoint, in order."""
    app = broker.app()
    made = subscribe(broker.parts, app, body()).endpoint
    change(broker.parts, app, made.id, {"name": "x"})
    disable(broker.parts, made.connection_id, made.id)
    unsubscribe(broker.parts, made.connection_id, made.id, actor=app.creator)

    with broker.parts.store.read() as c:
        noted = c.execute(
            select(audit.c.action, audit.c.actor)
            .where(audit.c.subject == made.id)
            .order_by(audit.c.id)
        ).all()
    assert [tuple(row) for row in noted] == [
        ("webhook_endpoint.created", app.creator),
        ("webhook_endpoint.changed", app.creator),
        ("webhook_endpoint.disabled", "unitwire"),
        ("webhook_endpoint.removed", app.creator),
    ]


# ---- whose turn it is --------------------------------------------------------------------------


def test_changes_at_once_leave_both_sides_equal(broker: Broker) -> None:
    """They take turns."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    kinds = ["deal.won", "deal.lost", "unit.created", "task.created", "note.created"]
    results = at_once(
        5, lambda n: change(broker.parts, broker.app(), made.id, {"event_types": [kinds[n]]})
    )

    assert not [result for result in results if isinstance(result, Exception)]
    (row,), (upstream,) = living(broker), broker.stora.endpoints()
    assert json.loads(row.event_types) == upstream["event_types"]


def test_who_waits_too_long_for_a_turn_is_told_to_come_back(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with Retry-After; and a turn that nobody gives back ends by itself."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    with turn(broker.parts, made.connection_id, made.id):
        with (
            pytest.raises(Unavailable) as busy,
            turn(broker.parts, made.connection_id, made.id, wait_s=0),
        ):
            pass
        assert busy.value.headers["Retry-After"]
        with broker.parts.store.begin() as c:
            c.execute(update(webhook_endpoints).values(turn_until=world.now_ms()))
        with turn(broker.parts, made.connection_id, made.id, wait_s=0):
            pass


def test_a_turn_that_was_lost_writes_nothing(broker: Broker) -> None:
    """A process that was frozen while another took over finds the door shut (fencing)."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    with turn(broker.parts, made.connection_id, made.id) as frozen:
        with broker.parts.store.begin() as c:
            c.execute(update(webhook_endpoints).values(turn_until=world.now_ms()))
        with turn(broker.parts, made.connection_id, made.id, wait_s=0):
            with pytest.raises(Unavailable):
                frozen.save(name="frozen")
            frozen.give_back()
            with (
                pytest.raises(Unavailable),
                turn(broker.parts, made.connection_id, made.id, wait_s=0),
            ):
                pass
    assert show(broker.parts, made.connection_id, made.id).name == made.name


def test_disabling_in_the_middle_of_a_change_stays(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change writes what it changes and nothing else."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    bring = mirror.bring

    def meanwhile(*given: Any, **options: Any) -> None:
        monkeypatch.setattr("connector.flows.unsubscribe.turn", lambda *_: turn(*_, wait_s=0))
        disable(broker.parts, made.connection_id, made.id)
        bring(*given, **options)

    monkeypatch.setattr(mirror, "bring", meanwhile)
    change(broker.parts, broker.app(), made.id, {"name": "New", "event_types": ["deal.won"]})

    now = show(broker.parts, made.connection_id, made.id)
    assert (now.name, now.event_types, now.status) == ("New", ("deal.won",), "disabled")


# ---- whose endpoint it is ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "endpoint_id", ["we_0000000000000000", "", "x", "we_\x00", "we_" + "0" * 99]
)
def test_an_unknown_id_is_not_found(broker: Broker, endpoint_id: str) -> None:
    """Whatever is to be done with it, and whatever it looks like."""
    connection_id = broker.connections[0]
    for work in (
        lambda: show(broker.parts, connection_id, endpoint_id),
        lambda: change(broker.parts, broker.app(), endpoint_id, {"name": "x"}),
        lambda: enable(broker.parts, connection_id, endpoint_id, actor="app_1"),
        lambda: disable(broker.parts, connection_id, endpoint_id),
        lambda: unsubscribe(broker.parts, connection_id, endpoint_id),
    ):
        with pytest.raises(NotFound, match=endpoints.NO_SUCH):
            work()


def test_another_connection_s_endpoint_is_not_found(broker: Broker) -> None:
    """And nothing happens to it, here or in Stora."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    stranger = broker.connections[1]
    for work in (
        lambda: show(broker.parts, stranger, made.id),
        lambda: change(broker.parts, broker.app(operator=1), made.id, {"name": "x"}),
        lambda: enable(broker.parts, stranger, made.id, actor="app_1"),
        lambda: disable(broker.parts, stranger, made.id),
        lambda: unsubscribe(broker.parts, stranger, made.id),
    ):
        with pytest.raises(NotFound):
            work()
    assert show(broker.parts, made.connection_id, made.id) == made
