"""Subscribe and unsubscribe: two places that agree, whatever fails in between."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from broker import BODY, Broker
from sqlalchemy import insert, select, update
from stage import all_deliveries, rows

from connector import world
from connector.errors import (
    Conflict,
    NeedsReauth,
    NotFound,
    StoraRefused,
    StoraUnavailable,
    TooManyRequests,
    Unavailable,
)
from connector.flows import endpoints, mirror
from connector.flows import turn as turns
from connector.flows.endpoints import Wanted, list_endpoints, show
from connector.flows.quotas import ENDPOINTS
from connector.flows.subscribe import Subscribed, change, enable, subscribe
from connector.flows.turn import turn
from connector.flows.unsubscribe import disable, unsubscribe
from connector.store.ledger import Received
from connector.store.tables import (
    audit,
    connections,
    upstream_endpoints,
    webhook_endpoints,
)


def body(external_id: str = "abc_123", **changes: Any) -> dict[str, Any]:
    """Return the reference page's body for workflow `external_id`, with `changes`."""
    return BODY | {"metadata": {"source": "zapier", "external_id": external_id}} | changes


def living(broker: Broker) -> list[Any]:
    """Return the rows that were not removed."""
    return [row for row in rows(broker.parts, webhook_endpoints) if row.deleted_at is None]


def in_parallel(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work` in `count` threads at once; return what they returned or raised."""
    results: list[Any] = [None] * count
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        try:
            results[number] = work(number)
        except Exception as problem:
            results[number] = problem

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def queue(broker: Broker, endpoint_id: str, event_id: str = "evt_1") -> None:
    """Let an event wait for its delivery."""
    now = world.now_ms()
    broker.parts.ledger.record(
        Received(
            connection_id=broker.connections[0],
            endpoint_id=endpoint_id,
            event_id=event_id,
            event_type="credit_note.created",
            occurred_at=None,
            body=b"{}",
            now=now,
            delivery_id=world.new_ordered_id("dlv"),
            status="pending",
            reason=None,
            due=now,
            give_up_at=now + 1000,
            finished_at=None,
        )
    )


# ---- making ------------------------------------------------------------------------------------


def test_the_upstream_endpoint_carries_the_stamp_and_leads_to_our_hook(broker: Broker) -> None:
    """Stora holds the same events, our hook's address, and four ids in the metadata."""
    made = subscribe(broker.parts, broker.app(), body())

    (upstream,) = broker.stora.endpoints()
    assert upstream["event_types"] == ["credit_note.created"]
    assert upstream["url"] == f"{broker.parts.settings.origin}/hooks/stora/{made.endpoint.id}"
    assert upstream["name"] == "zapier: My New Webhook"
    assert upstream["metadata"] == {
        "source": "zapier",
        "external_id": "abc_123",
        "connection_id": broker.connections[0],
        "endpoint_id": made.endpoint.id,
    }


def test_stora_s_secret_is_kept_sealed_and_is_not_the_builder_s(broker: Broker) -> None:
    """The builder's secret is ours; Stora's never leaves the vault."""
    made = subscribe(broker.parts, broker.app(), body())

    (upstream,) = broker.stora.endpoints()
    (kept,) = rows(broker.parts, upstream_endpoints)
    assert broker.parts.vault.open(kept.secret_sealed) == upstream["secret"]
    assert made.secret is not None
    assert made.secret != upstream["secret"]
    assert upstream["secret"] not in str(rows(broker.parts, upstream_endpoints))
    assert made.secret not in str(rows(broker.parts, webhook_endpoints))


def test_names_of_every_length_fit_upstream(broker: Broker) -> None:
    """A name of 255 characters and a source of 500 are shortened for Stora, not refused."""
    stamp = {"source": "s" * 500, "external_id": "e" * 500}
    made = subscribe(broker.parts, broker.script(), body(name="n" * 255, metadata=stamp))

    assert made.endpoint.name == "n" * 255
    assert len(broker.stora.endpoints()[0]["name"]) == 255


def test_the_same_workflow_again_is_the_same_endpoint(broker: Broker) -> None:
    """Updated in place, here and in Stora, enabled again, and its secret not told twice."""
    first = subscribe(broker.parts, broker.app(), body())
    disable(broker.parts, broker.connections[0], first.endpoint.id)
    again = subscribe(
        broker.parts, broker.app(), body(name="Renamed", event_types=["unit.created", "deal.won"])
    )

    assert (again.created, again.secret) == (False, None)
    assert again.endpoint.id == first.endpoint.id
    (upstream,) = broker.stora.endpoints()
    assert upstream["name"] == "zapier: Renamed"
    assert upstream["event_types"] == ["unit.created", "deal.won"]
    assert (again.endpoint.status, upstream["status"]) == ("enabled", "enabled")


def test_another_source_connection_or_workflow_is_another_endpoint(broker: Broker) -> None:
    """Only the same three together are the same workflow."""
    made = [
        subscribe(broker.parts, broker.app(), body()),
        subscribe(broker.parts, broker.app("make"), body()),
        subscribe(broker.parts, broker.app(), body("other")),
        subscribe(broker.parts, broker.app(operator=1), body()),
    ]
    assert len({each.endpoint.id for each in made}) == 4


def test_twenty_equal_requests_at_once_make_one_endpoint(broker: Broker) -> None:
    """One is told the secret, the others are told that it is there."""
    results = in_parallel(20, lambda _: subscribe(broker.parts, broker.app(), body()))

    made = [result for result in results if isinstance(result, Subscribed)]
    assert len(made) == 20, results
    assert len({each.endpoint.id for each in made}) == 1
    assert [each.created for each in made].count(True) == 1
    assert len(broker.stora.endpoints()) == 1
    assert broker.stora.calls("POST").count("/2025-09/webhook_endpoints") == 1


def test_requests_that_differ_at_once_leave_both_sides_equal(broker: Broker) -> None:
    """Whoever is last wins, here and in Stora."""
    kinds = ["deal.won", "deal.lost", "unit.created", "task.created", "note.created"]
    in_parallel(5, lambda n: subscribe(broker.parts, broker.app(), body(event_types=[kinds[n]])))

    (row,), (upstream,) = living(broker), broker.stora.endpoints()
    assert json.loads(row.event_types) == upstream["event_types"]


def test_a_lost_answer_is_asked_for_again_under_the_same_key(broker: Broker) -> None:
    """Stora made it and the answer broke off: the repeat brings the secret; there is one."""
    broker.stora.fail("lost_answer")
    made = subscribe(broker.parts, broker.app(), body())

    assert made.created
    (upstream,), (kept,) = broker.stora.endpoints(), rows(broker.parts, upstream_endpoints)
    assert kept.id == upstream["id"]


def test_after_an_unknown_outcome_the_builder_s_repeat_goes_on(broker: Broker) -> None:
    """503, and nothing to be seen; the same POST then gives the 201, with one endpoint in Stora."""
    broker.stora.fail("lost_answer", times=99)
    with pytest.raises(StoraUnavailable):
        subscribe(broker.parts, broker.app(), body())
    assert list_endpoints(broker.parts, broker.connections[0], Wanted(), page=1, limit=9)[1] == 0
    broker.stora.heal()

    made = subscribe(broker.parts, broker.app(), body(event_types=["deal.won"]))

    assert made.created
    assert made.secret is not None
    (upstream,) = broker.stora.endpoints()
    assert upstream["event_types"] == ["deal.won"], "what Stora had kept is brought up to date"
    assert len(living(broker)) == 1


def test_the_secret_is_told_even_if_bringing_it_up_to_date_fails(broker: Broker) -> None:
    """Only an endpoint whose 201 is about to leave counts as made."""
    broker.stora.fail("lost_answer", times=99)
    with pytest.raises(StoraUnavailable):
        subscribe(broker.parts, broker.app(), body())
    broker.stora.fail("500", method="PATCH")
    with pytest.raises(StoraUnavailable):
        subscribe(broker.parts, broker.app(), body(event_types=["deal.won"]))

    made = subscribe(broker.parts, broker.app(), body(event_types=["deal.won"]))
    assert (made.created, made.secret is not None) == (True, True)
    assert broker.stora.endpoints()[0]["event_types"] == ["deal.won"]


def test_after_a_day_an_unknown_outcome_is_cleared_up_first(broker: Broker) -> None:
    """Stora has forgotten the key by then and would make a second one."""
    broker.stora.fail("lost_answer", times=99)
    with pytest.raises(StoraUnavailable):
        subscribe(broker.parts, broker.app(), body())
    broker.stora.heal()
    (orphan,) = broker.stora.endpoints()
    with broker.parts.store.begin() as c:
        c.execute(update(webhook_endpoints).values(upstream_key_at=0))

    made = subscribe(broker.parts, broker.app(), body())

    assert made.created
    (upstream,) = broker.stora.endpoints()
    assert upstream["id"] != orphan["id"]


def test_a_failure_that_stora_keeps_is_passed_by_a_fresh_key(broker: Broker) -> None:
    """Stora would answer 500 to the first key for 24 hours."""
    broker.stora.fail("500")

    assert subscribe(broker.parts, broker.app(), body()).created
    assert len(broker.stora.endpoints()) == 1


def test_while_stora_fails_it_is_503_and_afterwards_it_works(broker: Broker) -> None:
    """A stored 500 of yesterday's key is no obstacle for the repeat."""
    broker.stora.fail("500", times=99)
    with pytest.raises(StoraUnavailable):
        subscribe(broker.parts, broker.app(), body())
    broker.stora.heal()

    assert subscribe(broker.parts, broker.app(), body()).created
    assert len(broker.stora.endpoints()) == 1


def test_what_stora_refuses_leaves_nothing(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row goes, and the error says what Stora said."""
    wanted = mirror.wanted
    monkeypatch.setattr(mirror, "wanted", lambda *given: {**wanted(*given), "event_types": ["x"]})
    with pytest.raises(StoraRefused) as refused:
        subscribe(broker.parts, broker.app(), body())

    assert [detail["pointer"] for detail in refused.value.details] == ["/event_types/0"]
    assert living(broker) == []
    assert broker.stora.endpoints() == []


def test_an_address_that_stora_does_not_take_is_told_as_ours(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The builder's own URL is not at fault, so no pointer says so."""
    object.__setattr__(broker.parts.settings, "public_url", "http://unitwire.example.com")
    with pytest.raises(StoraRefused, match="UNITWIRE_PUBLIC_URL") as refused:
        subscribe(broker.parts, broker.app(), body())

    assert refused.value.details == []
    assert living(broker) == []


def test_a_connection_that_needs_a_person_says_so_and_keeps_nothing(broker: Broker) -> None:
    """401, and the row is withdrawn."""
    with broker.parts.store.begin() as c:
        c.execute(update(connections).values(status="needs_reauth"))
    with pytest.raises(NeedsReauth):
        subscribe(broker.parts, broker.app(), body())

    assert living(broker) == []


def test_an_answer_without_a_secret_counts_as_a_failure(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be verified later is removed at once."""
    post = mirror._post
    monkeypatch.setattr(mirror, "_post", lambda *given: {**post(*given), "secret": None})
    with pytest.raises(StoraRefused, match="secret"):
        subscribe(broker.parts, broker.app(), body())

    assert living(broker) == []
    assert broker.stora.endpoints() == []


def test_removed_while_it_was_being_made_it_stays_removed(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of Stora comes too late: what it made is removed there as well."""
    post = mirror._post

    def slow(*given: Any) -> Any:
        made = post(*given)
        (row,) = living(broker)
        unsubscribe(broker.parts, broker.connections[0], row.id)
        return made

    monkeypatch.setattr(mirror, "_post", slow)
    with pytest.raises(Conflict):
        subscribe(broker.parts, broker.app(), body())

    assert living(broker) == []
    assert broker.stora.endpoints() == []


def test_the_thousandth_endpoint_is_made_and_one_more_is_not(broker: Broker) -> None:
    """409 says how many there may be; another connection is not concerned."""
    subscribe(broker.parts, broker.app(), body("0"))
    (row,) = living(broker)
    copies = [
        dict(row._mapping) | {"id": f"we_{number}", "external_id": str(number)}
        for number in range(1, ENDPOINTS.most - 1)
    ]
    with broker.parts.store.begin() as c:
        c.execute(insert(webhook_endpoints), copies)

    assert subscribe(broker.parts, broker.app(), body("last")).created
    with pytest.raises(Conflict, match="1,000"):
        subscribe(broker.parts, broker.app(), body("one more"))
    assert not subscribe(broker.parts, broker.app(), body("last")).created
    assert subscribe(broker.parts, broker.app(operator=1), body()).created


# ---- changing ----------------------------------------------------------------------------------


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


def test_changes_at_once_leave_both_sides_equal(broker: Broker) -> None:
    """They take turns."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    kinds = ["deal.won", "deal.lost", "unit.created", "task.created", "note.created"]
    results = in_parallel(
        5, lambda n: change(broker.parts, broker.app(), made.id, {"event_types": [kinds[n]]})
    )

    assert not [result for result in results if isinstance(result, Exception)]
    (row,), (upstream,) = living(broker), broker.stora.endpoints()
    assert json.loads(row.event_types) == upstream["event_types"]


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


# ---- switching, removing -----------------------------------------------------------------------


def test_disabling_skips_what_waits_and_disables_in_stora(broker: Broker) -> None:
    """The reason stands with the delivery and with the endpoint."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    queue(broker, made.id)
    disabled = disable(broker.parts, made.connection_id, made.id, reason="It answered 404.")

    (delivery,), (upstream,) = all_deliveries(broker.parts), broker.stora.endpoints()
    assert (delivery.status, delivery.due) == ("skipped", None)
    assert "disabled" in delivery.reason
    assert disabled.disabled_reason == "It answered 404."
    assert upstream["status"] == "disabled"


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


@pytest.mark.parametrize("how", ["enable", "again", "url"])
def test_a_fresh_start_forgets_past_404s(broker: Broker, how: str) -> None:
    """Else the next 404 would count as hours of them and disable the endpoint at once."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    with broker.parts.store.begin() as c:
        c.execute(update(webhook_endpoints).values(not_found_since=1))
    if how == "enable":
        enable(broker.parts, made.connection_id, made.id, actor="app_1")
    elif how == "again":
        subscribe(broker.parts, broker.app(), body())
    else:
        change(broker.parts, broker.app(), made.id, {"name": "New"})
        assert living(broker)[0].not_found_since == 1
        change(broker.parts, broker.app(), made.id, {"url": "https://example.org/"})

    assert living(broker)[0].not_found_since is None


def test_an_attempt_under_way_is_left_to_end(broker: Broker) -> None:
    """Its dispatcher writes what came of it."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    queue(broker, made.id)
    now = world.now_ms()
    broker.parts.ledger.claim(lease="mine", now=now, until=now + 9000, count=1, busy=())
    disable(broker.parts, made.connection_id, made.id)

    (delivery,) = all_deliveries(broker.parts)
    assert (delivery.status, delivery.lease) == ("pending", "mine")


def test_disabling_works_whatever_stora_says(broker: Broker) -> None:
    """Best effort there; here it holds."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    broker.stora.fail("500")

    assert disable(broker.parts, made.connection_id, made.id).status == "disabled"


def test_enabling_is_true_only_when_stora_sends(broker: Broker) -> None:
    """An error leaves it disabled; enabling twice mends what Stora disabled by itself."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    disable(broker.parts, made.connection_id, made.id)
    broker.stora.fail("500")
    with pytest.raises(StoraUnavailable):
        enable(broker.parts, made.connection_id, made.id, actor="app_1")
    assert show(broker.parts, made.connection_id, made.id).status == "disabled"
    broker.stora.heal()

    enable(broker.parts, made.connection_id, made.id, actor="app_1")
    broker.stora.put(broker.stora.endpoints()[0], status="disabled")
    again = enable(broker.parts, made.connection_id, made.id, actor="app_1")

    assert (again.status, again.disabled_at) == ("enabled", None)
    assert broker.stora.endpoints()[0]["status"] == "enabled"


def test_removing_cleans_up_both_sides(broker: Broker) -> None:
    """The row stays with its reason, what waits is skipped, Stora has nothing any more."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    queue(broker, made.id)
    unsubscribe(broker.parts, made.connection_id, made.id, reason="410 Gone")

    (row,), (delivery,) = rows(broker.parts, webhook_endpoints), all_deliveries(broker.parts)
    assert row.deleted_at is not None
    assert row.deleted_reason == "410 Gone"
    assert (delivery.status, delivery.reason) == ("skipped", "The webhook endpoint was removed.")
    assert broker.stora.endpoints() == []
    assert rows(broker.parts, upstream_endpoints) == []


def test_what_stora_does_not_remove_is_a_visible_leftover(broker: Broker) -> None:
    """Removing works for the builder; a second time tries again."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    broker.stora.fail("500", method="DELETE")
    unsubscribe(broker.parts, made.connection_id, made.id)

    (left,) = rows(broker.parts, upstream_endpoints)
    assert left.status == "leftover"
    assert left.problem
    unsubscribe(broker.parts, made.connection_id, made.id)
    assert rows(broker.parts, upstream_endpoints) == []
    assert broker.stora.endpoints() == []


def test_where_stora_has_no_delete_it_is_disabled(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documentation does not show the route; then the leftover says so."""
    made = subscribe(broker.parts, broker.app(), body()).endpoint
    call = broker.parts.stora.call

    def without_delete(token: str, method: str, path: str, **options: Any) -> Any:
        return call(token, method, "/nothing" if method == "DELETE" else path, **options)

    monkeypatch.setattr(broker.parts.stora, "call", without_delete)
    unsubscribe(broker.parts, made.connection_id, made.id)

    (left,), (upstream,) = rows(broker.parts, upstream_endpoints), broker.stora.endpoints()
    assert left.problem == mirror.NO_DELETE
    assert upstream["status"] == "disabled"


def test_a_removed_workflow_may_come_back(broker: Broker) -> None:
    """As a new endpoint with a new secret."""
    first = subscribe(broker.parts, broker.app(), body())
    unsubscribe(broker.parts, first.endpoint.connection_id, first.endpoint.id)
    second = subscribe(broker.parts, broker.app(), body())

    assert second.created
    assert second.endpoint.id != first.endpoint.id
    assert second.secret != first.secret


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


# ---- the rate budget ---------------------------------------------------------------------------


def test_a_429_of_stora_passes_through_and_the_repeat_goes_on(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was begun in Stora; the same row is used by the repeat."""
    monkeypatch.setattr(
        turns, "call_stora", lambda *_, **__: (_ for _ in ()).throw(TooManyRequests(retry_after=7))
    )
    with pytest.raises(TooManyRequests):
        subscribe(broker.parts, broker.app(), body())
    (begun,) = living(broker)
    monkeypatch.undo()

    assert subscribe(broker.parts, broker.app(), body()).endpoint.id == begun.id
