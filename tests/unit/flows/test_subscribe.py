"""Subscribe: one workflow is one endpoint, here and in Stora, and both sides agree."""

import json
from typing import Any

import pytest
from broker import Broker
from parallel import at_once
from sqlalchemy import insert
from stage import rows
from unit.flows.subscriptions import body, living

from connector.errors import Conflict
from connector.flows import mirror
from connector.flows.quotas import ENDPOINTS
from connector.flows.subscribe import Subscribed, subscribe
from connector.flows.unsubscribe import disable, unsubscribe
from connector.store.tables import upstream_endpoints, webhook_endpoints


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
    results = at_once(20, lambda _: subscribe(broker.parts, broker.app(), body()))

    made = [result for result in results if isinstance(result, Subscribed)]
    assert len(made) == 20, results
    assert len({each.endpoint.id for each in made}) == 1
    assert [each.created for each in made].count(True) == 1
    assert len(broker.stora.endpoints()) == 1
    assert broker.stora.calls("POST").count("/2025-09/webhook_endpoints") == 1


def test_requests_that_differ_at_once_leave_both_sides_equal(broker: Broker) -> None:
    """Whoever is last wins, here and in Stora."""
    kinds = ["deal.won", "deal.lost", "unit.created", "task.created", "note.created"]
    at_once(5, lambda n: subscribe(broker.parts, broker.app(), body(event_types=[kinds[n]])))

    (row,), (upstream,) = living(broker), broker.stora.endpoints()
    assert json.loads(row.event_types) == upstream["event_types"]


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
