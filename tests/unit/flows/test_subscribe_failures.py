"""Subscribe while Stora fails: nothing half made is left, and the builder's repeat succeeds."""

import pytest
from broker import Broker
from sqlalchemy import update
from stage import rows
from unit.flows.subscriptions import body, living

from connector.errors import NeedsReauth, StoraRefused, StoraUnavailable, TooManyRequests
from connector.flows import mirror
from connector.flows import turn as turns
from connector.flows.endpoints import Wanted, list_endpoints
from connector.flows.subscribe import subscribe
from connector.store.tables import connections, upstream_endpoints, webhook_endpoints

# ---- what is not known -------------------------------------------------------------------------


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


# ---- what may succeed later --------------------------------------------------------------------


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


# ---- what is refused ---------------------------------------------------------------------------


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
