"""Disable, enable and remove: here it holds whatever Stora says, and what is left is seen."""

from typing import Any

import pytest
from broker import Broker
from sqlalchemy import update
from stage import all_deliveries, rows
from unit.flows.subscriptions import body, living, queue

from connector import world
from connector.errors import StoraUnavailable
from connector.flows import mirror
from connector.flows.endpoints import show
from connector.flows.subscribe import change, enable, subscribe
from connector.flows.unsubscribe import disable, unsubscribe
from connector.store.tables import upstream_endpoints, webhook_endpoints

# ---- disabling, enabling -----------------------------------------------------------------------


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


# ---- removing ----------------------------------------------------------------------------------


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
