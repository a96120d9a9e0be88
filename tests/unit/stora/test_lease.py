"""The lease on renewing a token is for one connection, for what was seen of it, and for a time."""

from typing import Any

import pytest
import stage
import time_machine
from sqlalchemy import update

from connector.flows.parts import Parts
from connector.flows.refresh import LEASE_MS, Held, _take_lease, hold
from connector.store.tables import connections

AT = 1_800_000_000


@pytest.fixture(autouse=True)
def two_connections(parts: Parts) -> None:
    """Two operators, whose tokens nobody renews."""
    for number in (1, 2):
        stage.connect(parts, f"conn_{number}")


def change(parts: Parts, **values: Any) -> None:
    """Change the row of the first connection."""
    with parts.store.begin() as c:
        c.execute(update(connections).where(connections.c.id == "conn_1").values(**values))


def leases(parts: Parts) -> dict[str, tuple[str | None, int | None]]:
    """Return who holds a lease until when."""
    found = stage.rows(parts, connections)
    return {row.id: (row.refresh_lease, row.refresh_until) for row in found}


@pytest.fixture
def held(parts: Parts) -> Held:
    """The first connection as it stands."""
    return hold(parts, "conn_1")


def test_a_lease_is_for_one_connection(parts: Parts, held: Held) -> None:
    """Renewing one operator's token keeps nobody from renewing another's."""
    with time_machine.travel(AT, tick=False):
        lease = _take_lease(parts, held)
    assert lease
    assert leases(parts) == {"conn_1": (lease, AT * 1000 + LEASE_MS), "conn_2": (None, None)}


@pytest.mark.parametrize("changed", ["credentials_sealed", "status"])
def test_a_lease_is_for_what_was_seen(parts: Parts, held: Held, changed: str) -> None:
    """Who looked before somebody reconnected or disconnected renews nothing."""
    change(parts, **{changed: "needs_reauth"})
    assert _take_lease(parts, held) is None
    assert leases(parts)["conn_1"] == (None, None)


def test_a_lease_that_another_took_meanwhile_is_kept(parts: Parts, held: Held) -> None:
    """Of two who saw that nobody renews, one does; the database decides which."""
    first = _take_lease(parts, held)
    kept = leases(parts)
    assert first
    assert _take_lease(parts, held) is None
    assert leases(parts) == kept


def test_a_lease_ends_at_its_moment(parts: Parts) -> None:
    """In its last millisecond it holds; at its end the next may take it."""
    change(parts, refresh_lease="another", refresh_until=AT * 1000)
    seen = hold(parts, "conn_1")
    with time_machine.travel(AT - 0.001, tick=False):
        assert _take_lease(parts, seen) is None
    with time_machine.travel(AT, tick=False):
        assert _take_lease(parts, seen)
