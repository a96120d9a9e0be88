"""The ledger's hot statements on both databases: leases, fencing, what is found."""

import pytest
from parallel import at_once
from sqlalchemy import delete, update
from stage import UPSTREAM_SECRET, all_deliveries, rows
from unit.flows.claiming import add, claim, endpoint, result  # noqa: F401  the fixture

from connector import world
from connector.flows.parts import Parts
from connector.store.tables import attempts, upstream_endpoints, webhook_endpoints


def test_a_claimed_delivery_is_claimed_once(parts: Parts) -> None:
    """Nobody else gets it while the lease lasts, and all that sending needs comes with it."""
    add(parts, 1)
    (due,) = claim(parts, "a")
    assert (due.event_id, due.attempt, bytes(due.body)) == ("evt_we_1_0", 1, b"{}")
    assert claim(parts, "b") == []


def test_a_lost_lease_comes_back(parts: Parts) -> None:
    """When the lease is over the row is due again, for whoever asks, as the next attempt."""
    add(parts, 1)
    claim(parts, "a")
    later = world.now_ms() + 10_001
    (again,) = claim(parts, "b", now=later)
    assert again.attempt == 2


def test_a_frozen_dispatcher_changes_nothing(parts: Parts) -> None:
    """Its attempt is logged, but the state belongs to the one that holds the lease now."""
    add(parts, 1)
    (first,) = claim(parts, "a")
    (second,) = claim(parts, "b", now=world.now_ms() + 10_001)
    parts.ledger.save([result(first, "a", "dead")])
    assert all_deliveries(parts)[0].status == "pending"
    parts.ledger.save([result(second, "b")])
    assert all_deliveries(parts)[0].status == "delivered"
    assert [row.number for row in rows(parts, attempts)] == [1, 2]


@pytest.mark.parametrize("busy", [(), ("we_1",)])
def test_a_claim_saves_what_landed_before(parts: Parts, busy: tuple[str, ...]) -> None:
    """What came of the last ones is written by the claim of the next, even where nobody waits."""
    add(parts, 1)
    (due,) = claim(parts, "a")
    now = world.now_ms()
    landed = [result(due, "a")]
    found = parts.ledger.claim(
        lease="b", now=now, until=now + 10_000, count=100, busy=busy, landed=landed
    )
    assert found == []
    assert all_deliveries(parts)[0].status == "delivered"
    assert [row.number for row in rows(parts, attempts)] == [1]


def test_a_renewed_lease_lasts(parts: Parts) -> None:
    """Renewing holds what is held, and only under the right lease."""
    add(parts, 1)
    (due,) = claim(parts, "a")
    held = (due.connection_id, due.delivery_id, "a")
    later = world.now_ms() + 10_001
    parts.ledger.renew([(*held[:2], "stranger")], later + 10_000)
    parts.ledger.renew([held], later + 5_000)
    assert claim(parts, "b", now=later) == []
    assert len(claim(parts, "b", now=later + 5_000)) == 1


def test_a_released_delivery_is_as_if_never_claimed(parts: Parts) -> None:
    """It is due when it was said to be, and the attempt does not count."""
    add(parts, 1)
    (due,) = claim(parts, "a")
    parts.ledger.release([(due.connection_id, due.delivery_id, "a")], world.now_ms())
    (again,) = claim(parts, "b", now=world.now_ms() + 1)
    assert again.attempt == 1


def test_what_is_not_due_is_not_claimed(parts: Parts) -> None:
    """A delivery is claimed at its moment and not a millisecond before."""
    moment = world.now_ms() + 60_000
    add(parts, 1, due=moment)
    assert claim(parts, "a", now=moment - 1) == []
    assert len(claim(parts, "a", now=moment)) == 1


def test_parallel_claims_never_share_a_row(parts: Parts) -> None:
    """Eight dispatchers that claim at once take each row exactly once."""
    add(parts, 200)

    def work(number: int) -> list[str]:
        taken = []
        while found := claim(parts, f"{number}-{world.new_id('l')}", count=7):
            taken += [due.delivery_id for due in found]
        return taken

    taken = [each for found in at_once(8, work) for each in found]
    assert len(taken) == len(set(taken)) == 200


# ---- what is found and kept --------------------------------------------------------------------


def test_a_hook_is_found_with_all_that_receiving_asks_of_it(parts: Parts) -> None:
    """Whose it is, whether it waits, what it filters, and the secrets that may have signed."""
    with parts.store.begin() as c:
        c.execute(
            update(webhook_endpoints)
            .where(webhook_endpoints.c.id == "we_2")
            .values(paused_at=5, filter="[]")
        )
    plain, other = parts.ledger.find_hook("we_1"), parts.ledger.find_hook("we_2")
    assert plain is not None
    assert other is not None
    assert (plain.connection_id, plain.endpoint_id, plain.paused) == ("conn_1", "we_1", False)
    assert [parts.vault.open(sealed) for sealed in plain.secrets_sealed] == [UPSTREAM_SECRET]
    assert (other.paused, other.filter) == (True, "[]")
    assert parts.ledger.find_hook("we_none") is None


def test_a_hook_without_a_secret_has_none(parts: Parts) -> None:
    """While Stora has not told one there is nothing that could have signed."""
    with parts.store.begin() as c:
        c.execute(delete(upstream_endpoints))
    found = parts.ledger.find_hook("we_1")
    assert found is not None
    assert found.secrets_sealed == ()


def test_a_failing_workflow_is_probed_when_it_is_time(parts: Parts) -> None:
    """The moment itself is time; a workflow that does not fail is never probed."""
    with parts.store.begin() as c:
        c.execute(
            update(webhook_endpoints)
            .where(webhook_endpoints.c.id == "we_1")
            .values(failing_since=1, probe_at=100)
        )
    assert parts.ledger.probes(99) == []
    assert [tuple(row) for row in parts.ledger.probes(100)] == [("we_1", 100)]
