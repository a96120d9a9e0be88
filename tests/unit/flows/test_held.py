"""What is held under one lease: each delivery is kept, given up and ended by itself."""

import pytest
from sqlalchemy import update
from stage import all_deliveries, listen
from unit.flows.claiming import add, claim, endpoint, result  # noqa: F401  the fixture

from connector import world
from connector.flows.parts import Parts
from connector.store.ledger import Due, Held
from connector.store.tables import webhook_endpoints

pytestmark = pytest.mark.usefixtures("endpoint")


def held(due: Due, lease: str = "a") -> Held:
    """Return how a claimed delivery is named to the ledger."""
    return (due.connection_id, due.delivery_id, lease)


@pytest.fixture
def two(parts: Parts) -> list[Due]:
    """Two deliveries under the lease `a`, which ends in ten seconds."""
    add(parts, 2)
    return claim(parts, "a")


def test_renewing_one_holds_that_one(parts: Parts, two: list[Due]) -> None:
    """The other one's lease runs out, and a stranger's renewal holds nothing."""
    later = world.now_ms() + 10_001
    parts.ledger.renew([held(two[0])], later + 5_000)
    parts.ledger.renew([held(two[1], "stranger")], later + 5_000)
    assert [due.delivery_id for due in claim(parts, "b", now=later)] == [two[1].delivery_id]


def test_giving_up_one_gives_up_that_one(parts: Parts, two: list[Due]) -> None:
    """The other stays held, and a stranger gives up nothing."""
    parts.ledger.release([held(two[0]), held(two[1], "stranger")], 1)
    (again,) = claim(parts, "b")
    assert (again.delivery_id, again.attempt) == (two[0].delivery_id, 1)


def test_what_was_given_up_is_held_no_more(parts: Parts, two: list[Due]) -> None:
    """Its old lease ends nothing."""
    parts.ledger.release([held(two[0])], 1)
    parts.ledger.save([result(two[0], "a", "dead")])
    assert {row.status for row in all_deliveries(parts)} == {"pending"}


def test_ending_one_ends_that_one(parts: Parts, two: list[Due]) -> None:
    """Whatever else is under the same lease is still on its way."""
    parts.ledger.save([result(two[0], "a")])
    states = {row.id: row.status for row in all_deliveries(parts)}
    assert states == {two[0].delivery_id: "delivered", two[1].delivery_id: "pending"}


def test_who_waits_for_later_takes_no_room(parts: Parts) -> None:
    """Room is shared by those who have something due now."""
    listen(parts, "we_3")
    add(parts, 4, "we_2")
    add(parts, 1, "we_3", due=world.now_ms() + 60_000)
    assert len(claim(parts, "a", count=4, busy=("we_1",))) == 4


def test_a_removed_workflow_has_no_hook(parts: Parts) -> None:
    """What Stora still sends for it finds nobody."""
    with parts.store.begin() as c:
        c.execute(update(webhook_endpoints).values(deleted_at=1))
    assert parts.ledger.find_hook("we_1") is None


def test_a_workflow_that_does_not_fail_is_not_probed(parts: Parts) -> None:
    """A moment that was planned while it failed counts for nothing afterwards."""
    with parts.store.begin() as c:
        c.execute(update(webhook_endpoints).values(failing_since=None, probe_at=1))
    assert parts.ledger.probes(100) == []
