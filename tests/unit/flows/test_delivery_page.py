"""A page of the log in plain SQL: it means what the rest of the log means by a filter."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, select
from stage import connect, listen

from connector.flows.deliveries import Filter
from connector.flows.delivery_page import PAGE, list_deliveries
from connector.flows.parts import Parts
from connector.store.tables import deliveries, events

FIRST, STEP = 1_800_000_000_000, 1_000  # ms
STATUSES = ("pending", "delivered", "dead", "skipped")
FILTERS = (
    Filter(),
    Filter(statuses=("dead",)),
    Filter(statuses=("dead", "skipped")),
    Filter(endpoint_id="we_1"),
    Filter(event_id="evt_5"),
    Filter(event_type="deal.won"),
    Filter(created_after=FIRST + 3 * STEP),
    Filter(created_before=FIRST + 3 * STEP),
    Filter(
        ("delivered", "skipped"),
        "we_2",
        None,
        "deal.won",
        FIRST + 2 * STEP,
        created_before=FIRST * 2,
    ),
)


@pytest.fixture(autouse=True)
def log(parts: Parts) -> None:
    """Twelve deliveries of one connection, a second apart, and one of another."""
    connect(parts)
    connect(parts, "conn_2")
    for endpoint_id in ("we_1", "we_2"):
        listen(parts, endpoint_id)
    for number in range(12):
        put(parts, number, "conn_1")
    put(parts, 12, "conn_2")


def put(parts: Parts, number: int, connection_id: str) -> None:
    """Keep one event and its delivery."""
    at = FIRST + number * STEP
    event = {
        "connection_id": connection_id,
        "endpoint_id": f"we_{number % 2 + 1}",
        "delivery_id": f"dlv_{at:012x}{number:012x}",
        "received_at": at,
        "body": b"{}",
        "id": f"evt_{number}",
        "type": ("deal.won", "invoice.paid", "unit.occupied")[number % 3],
    }
    delivery = {
        "connection_id": connection_id,
        "id": event["delivery_id"],
        "endpoint_id": event["endpoint_id"],
        "event_id": event["id"],
        "event_type": event["type"],
        "status": STATUSES[number % 4],
        "created_at": at,
        "give_up_at": at,
    }
    with parts.store.begin() as c:
        c.execute(insert(events).values(event))
        c.execute(insert(deliveries).values(delivery))


@pytest.mark.parametrize("wanted", FILTERS)
def test_both_ways_to_filter_mean_the_same(parts: Parts, wanted: Filter) -> None:
    """The page shows, and counts, just what the conditions of the other flows find."""
    with parts.store.read() as c:
        meant = c.execute(
            select(deliveries.c.id)
            .where(*wanted.conditions("conn_1"))
            .order_by(deliveries.c.id.desc())
        ).scalars()
        ids = list(meant)
    found, count = list_deliveries(parts, "conn_1", wanted, page=1, limit=100)
    assert [each["id"] for each in found] == ids
    assert count == len(ids)
    assert 0 < count <= 12
    assert (count < 12) == (wanted != Filter())


def test_a_page_beyond_the_end_is_empty_and_counts(parts: Parts) -> None:
    """Whatever its number."""
    assert list_deliveries(parts, "conn_1", Filter(), page=10**9 - 1, limit=100) == ([], 12)


def test_a_page_reads_along_an_index_and_sorts_nothing(parts: Parts) -> None:
    """Else the newest page would cost more the longer the log is."""
    if not parts.store.is_sqlite:
        pytest.skip("PostgreSQL plans by what a table holds, which is next to nothing here")
    for wanted in (Filter(), Filter(endpoint_id="we_1"), replace(FILTERS[6], event_type="a.b")):
        where, values = wanted.where("conn_1")
        statement = PAGE.format(where=where, limit=20, passed_over=0)
        rows = parts.store.query(f"EXPLAIN QUERY PLAN {statement}", values)
        plan = [str(row[-1]) for row in rows]
        assert [step.split()[:4] for step in plan] == [
            ["SEARCH", "d", "USING", "INDEX"],
            ["SEARCH", "e", "USING", "INDEX"],
        ]
