"""Sweep: whatever drifted apart comes together again, and nothing else is touched."""

from typing import Any

import pytest
from broker import BODY, Broker
from sqlalchemy import update
from stage import rows

from connector import world
from connector.errors import NotFound, StoraUnavailable
from connector.flows import mirror
from connector.flows.endpoints import Endpoint, show
from connector.flows.subscribe import subscribe
from connector.flows.sweep import UNFINISHED_MS, sweep
from connector.flows.turn import turn
from connector.flows.unsubscribe import disable, unsubscribe
from connector.store.tables import connections, upstream_endpoints, webhook_endpoints


def listen(broker: Broker, external_id: str = "abc_123", operator: int = 0) -> Endpoint:
    """Return a new endpoint."""
    stamp = {"source": "zapier", "external_id": external_id}
    return subscribe(
        broker.parts, broker.app(operator=operator), BODY | {"metadata": stamp}
    ).endpoint


def known_id(broker: Broker) -> str:
    """Return the id of the one upstream endpoint that is known."""
    (kept,) = rows(broker.parts, upstream_endpoints)
    return str(kept.id)


def abandon(broker: Broker, age_ms: int) -> None:
    """Begin an endpoint whose answer is lost for good, `age_ms` ago."""
    broker.stora.fail("lost_answer", times=99)
    with pytest.raises(StoraUnavailable):
        listen(broker)
    broker.stora.heal()
    with broker.parts.store.begin() as c:
        c.execute(update(webhook_endpoints).values(created_at=world.now_ms() - age_ms))


def test_where_all_agrees_nothing_is_done(broker: Broker) -> None:
    """One listing for each connection, and no other call."""
    listen(broker)
    disabled = listen(broker, "disabled")
    disable(broker.parts, disabled.connection_id, disabled.id)
    before = broker.stora.endpoints()
    calls = {method: len(broker.stora.calls(method)) for method in ("GET", "POST", "PATCH")}

    report = sweep(broker.parts)

    assert (report.connections, report.failed, report.lines) == (2, 0, [])
    assert broker.stora.endpoints() == before
    calls["GET"] += 2
    assert calls == {method: len(broker.stora.calls(method)) for method in calls}


def test_an_orphan_is_removed(broker: Broker) -> None:
    """In Stora with our stamp, but without a row: the database was restored from before."""
    endpoint = listen(broker)
    (upstream,) = broker.stora.endpoints()
    for endpoint_id in ("we_00000000000000ff", endpoint.id):
        broker.stora.put(
            upstream,
            id=f"we_orphan_of_{endpoint_id[-2:]}",
            url=f"https://unitwire.example.com/hooks/stora/{endpoint_id}",
            metadata=upstream["metadata"] | {"endpoint_id": endpoint_id},
        )
    report = sweep(broker.parts)

    assert report.removed == 2
    assert broker.stora.endpoints() == [upstream]


@pytest.mark.parametrize(
    "changes",
    [
        {"metadata": {}},
        {"metadata": {"source": "zapier", "external_id": "abc_123"}},
        {"metadata": {"connection_id": "conn_of_somebody_else", "endpoint_id": "we_1"}},
        {"url": "https://example.com/copied"},
        {"url": "https://unitwire.example.com/hooks/stora/we_other"},
    ],
)
def test_what_is_not_ours_is_not_touched(broker: Broker, changes: dict[str, Any]) -> None:
    """Only the stamp of this very connection on a hook of ours counts: people copy metadata."""
    listen(broker)
    (upstream,) = broker.stora.endpoints()
    broker.stora.put(upstream, id="we_foreign", **changes)

    assert sweep(broker.parts).removed == 0
    assert len(broker.stora.endpoints()) == 2


def test_another_connection_s_stamp_in_this_account_is_not_touched(broker: Broker) -> None:
    """An operator who copies a stamp into the own account moves nobody's endpoint."""
    victim = listen(broker, operator=1)
    (upstream,) = broker.stora.endpoints(1)
    broker.stora.put(upstream, operator=0)

    sweep(broker.parts)
    assert [found["id"] for found in broker.stora.endpoints(0)] == [upstream["id"]]
    assert show(broker.parts, victim.connection_id, victim.id) == victim
    assert broker.stora.endpoints(1) == [upstream]


def test_what_is_missing_in_stora_is_made_again(broker: Broker) -> None:
    """With a new secret of Stora's; the builder's stays."""
    endpoint = listen(broker)
    (gone,) = broker.stora.endpoints()
    broker.stora.delete(gone)

    report = sweep(broker.parts)

    (upstream,) = broker.stora.endpoints()
    assert report.made_again == 1
    assert known_id(broker) == upstream["id"] != gone["id"]
    now = show(broker.parts, endpoint.connection_id, endpoint.id)
    assert (now.upstream, now.secret_sealed) == ("ready", endpoint.secret_sealed)


def test_a_crash_while_making_again_is_mended_by_the_next_sweep(broker: Broker) -> None:
    """The answer was lost: the same key brings what was made, and no second one stays."""
    listen(broker)
    broker.stora.delete(broker.stora.endpoints()[0])
    broker.stora.fail("lost_answer", times=99)
    assert sweep(broker.parts).failed == 1
    broker.stora.heal()
    (made,) = broker.stora.endpoints()

    report = sweep(broker.parts)

    assert report.made_again == 1
    assert broker.stora.endpoints() == [made]
    assert known_id(broker) == made["id"]
    assert sweep(broker.parts).lines == []


def test_a_disabled_endpoint_that_is_missing_in_stora_stays_so(broker: Broker) -> None:
    """It sends nothing anyway; enabling makes it again."""
    endpoint = listen(broker)
    disable(broker.parts, endpoint.connection_id, endpoint.id)
    broker.stora.delete(broker.stora.endpoints()[0])

    assert sweep(broker.parts).lines == []
    assert broker.stora.endpoints() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "disabled", "disabled_at": "2025-02-22T14:41:00Z"},
        {"event_types": ["deal.won"]},
        {"event_types": ["credit_note.created", "deal.won"]},
        {"url": "https://old.example.com/hooks/stora/{id}"},
        {"name": "Renamed by hand"},
    ],
)
def test_what_differs_in_stora_is_corrected_there(broker: Broker, changes: dict[str, Any]) -> None:
    """Disabled by Stora or by hand, changed by hand, or left at an old address of Unitwire."""
    endpoint = listen(broker)
    (upstream,) = broker.stora.endpoints()
    changed = {k: v.format(id=endpoint.id) if k == "url" else v for k, v in changes.items()}
    broker.stora.put(upstream, **changed)

    report = sweep(broker.parts)

    assert report.mended == 1
    assert broker.stora.endpoints()[0] | {"updated_at": ""} == upstream | {"updated_at": ""}
    assert sweep(broker.parts).mended == 0


def test_what_is_disabled_here_is_disabled_there(broker: Broker) -> None:
    """Stora did not do it when it was asked."""
    endpoint = listen(broker)
    broker.stora.fail("500")
    disable(broker.parts, endpoint.connection_id, endpoint.id)
    broker.stora.heal()

    assert sweep(broker.parts).mended == 1
    assert broker.stora.endpoints()[0]["status"] == "disabled"


def test_a_leftover_is_removed_as_soon_as_stora_lets_it(broker: Broker) -> None:
    """Until then it is counted and told."""
    endpoint = listen(broker)
    broker.stora.fail("500", method="DELETE", times=2)
    unsubscribe(broker.parts, endpoint.connection_id, endpoint.id)

    report = sweep(broker.parts)
    assert (report.left, report.removed) == (1, 0)
    assert "still in Stora" in report.lines[0]
    report = sweep(broker.parts)
    assert (report.left, report.removed) == (0, 1)
    assert rows(broker.parts, upstream_endpoints) == []
    assert broker.stora.endpoints() == []


def test_what_was_begun_and_never_finished_goes_on_both_sides(broker: Broker) -> None:
    """The builder was told that it failed and did not come back."""
    abandon(broker, UNFINISHED_MS)
    assert len(broker.stora.endpoints()) == 1

    report = sweep(broker.parts)

    assert (report.withdrawn, report.removed) == (1, 1)
    assert broker.stora.endpoints() == []
    (row,) = rows(broker.parts, webhook_endpoints)
    assert row.deleted_reason == "never finished"


def test_what_was_just_begun_is_left_alone(broker: Broker) -> None:
    """The builder's repeat finds what Stora made under the same key."""
    abandon(broker, UNFINISHED_MS - 60_000)
    (made,) = broker.stora.endpoints()

    assert sweep(broker.parts).lines == []
    listen(broker)
    assert known_id(broker) == made["id"]


def test_what_is_just_being_changed_is_left_for_the_next_sweep(broker: Broker) -> None:
    """A sweep waits for nobody's turn."""
    endpoint = listen(broker)
    (upstream,) = broker.stora.endpoints()
    broker.stora.put(upstream, status="disabled")
    with turn(broker.parts, endpoint.connection_id, endpoint.id):
        assert sweep(broker.parts).lines == []
    assert sweep(broker.parts).mended == 1


def test_what_became_right_since_it_was_listed_is_left_alone(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The listing is old news: each difference is looked at again."""
    endpoint = listen(broker)
    stamped = mirror.stamped
    monkeypatch.setattr(
        mirror,
        "stamped",
        lambda *a, **b: [one | {"status": "disabled"} for one in stamped(*a, **b)],
    )
    assert sweep(broker.parts).lines == []
    monkeypatch.setattr(mirror, "stamped", lambda *a, **b: [])
    assert sweep(broker.parts).lines == []
    assert show(broker.parts, endpoint.connection_id, endpoint.id) == endpoint


def test_all_pages_are_looked_at(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """An orphan may be on any page."""
    monkeypatch.setattr(mirror, "PAGE", 2)
    for number in range(4):
        listen(broker, str(number))
    last = broker.stora.endpoints()[-1]
    stamp = last["metadata"] | {"endpoint_id": "we_ff"}
    broker.stora.put(last, id="we_orphan", url="https://x/hooks/stora/we_ff", metadata=stamp)

    assert sweep(broker.parts).removed == 1


def test_one_connection_s_trouble_is_not_another_s(broker: Broker) -> None:
    """A connection that cannot be swept is told, and the others are swept."""
    listen(broker, operator=1)
    broker.stora.put(broker.stora.endpoints(1)[0], operator=1, status="disabled")
    with broker.parts.store.begin() as c:
        broken = broker.parts.vault.seal('{"access_token": "revoked"}')
        c.execute(
            update(connections)
            .where(connections.c.id == broker.connections[0])
            .values(credentials_sealed=broken)
        )
    report = sweep(broker.parts)

    assert (report.failed, report.mended) == (1, 1)
    assert broker.connections[0] in report.lines[0] or broker.connections[0] in report.lines[1]


def test_a_sweep_of_one_connection_looks_at_no_other(broker: Broker) -> None:
    """And an unknown one is not found."""
    listen(broker)
    broker.stora.put(broker.stora.endpoints()[0], status="disabled")

    assert sweep(broker.parts, broker.connections[1]).mended == 0
    assert sweep(broker.parts, broker.connections[0]).mended == 1
    with pytest.raises(NotFound):
        sweep(broker.parts, "conn_unknown")


def test_one_refusal_stops_no_other_mending(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Stora refuses to have changed is told with its reason."""
    first, second = listen(broker, "1"), listen(broker, "2")
    for upstream in broker.stora.endpoints():
        broker.stora.put(upstream, status="disabled", event_types=["deal.won"])
    wanted = mirror.wanted

    def refused_for_the_first(parts: Any, endpoint: Endpoint) -> dict[str, Any]:
        found = wanted(parts, endpoint)
        return found | ({"event_types": ["x"]} if endpoint.id == first.id else {})

    monkeypatch.setattr(mirror, "wanted", refused_for_the_first)
    report = sweep(broker.parts)

    assert (report.failed, report.mended) == (1, 1)
    status = {found["url"][-19:]: found["status"] for found in broker.stora.endpoints()}
    assert status[second.id] == "enabled"
