"""The tail of the log: each arrival and each change, once, across reconnects and late commits."""

import pytest
import stage
from sqlalchemy import update

from connector import world
from connector.errors import InvalidContent, NotFound
from connector.flows.parts import Parts
from connector.flows.tail import OVERLAP_MS, PAGE, Tail, id_at, moment
from connector.store.tables import deliveries


def arrive(parts: Parts, number: int, *, at: int, connection_id: str = "conn_1") -> str:
    """Keep an event whose delivery's id was made at `at` (ms); return that id."""
    delivery_id = f"dlv_{at:012x}{number:012x}"
    parts.ledger.record(
        stage.received(
            f"evt_{delivery_id}",
            now=at,
            connection_id=connection_id,
            endpoint_id=f"we_{connection_id[-1]}",
            delivery_id=delivery_id,
        )
    )
    return delivery_id


def change(parts: Parts, delivery_id: str, **values: object) -> None:
    """Change a delivery."""
    with parts.store.begin() as connection:
        connection.execute(
            update(deliveries).where(deliveries.c.id == delivery_id).values(**values)
        )


def seen(tail: Tail) -> list[str]:
    """Return the ids that a look shows."""
    return [each["id"] for each in tail.look()]


@pytest.fixture(autouse=True)
def _two_connections(parts: Parts) -> None:
    for number in ("1", "2"):
        stage.connect(parts, f"conn_{number}")
        stage.listen(parts, f"we_{number}", connection_id=f"conn_{number}")


def test_the_tail_begins_now(parts: Parts) -> None:
    """What was there before is no news; what arrives later is shown once, in order, of all."""
    now = world.now_ms()
    arrive(parts, 1, at=now - 1000)
    tail = Tail(parts)
    assert seen(tail) == []
    later = [
        arrive(parts, 2, at=now + 1000),
        arrive(parts, 1, at=now + 1001, connection_id="conn_2"),
    ]
    assert seen(tail) == later
    assert seen(tail) == []
    assert tail.cursor == later[-1]


def test_one_connection_and_some_types_can_be_chosen(parts: Parts) -> None:
    """The filters leave out the rest; an unknown connection is told."""
    now = world.now_ms()
    mine, nothing = Tail(parts, connection_id="conn_2"), Tail(parts, event_types=["unit.created"])
    arrive(parts, 1, at=now)
    other = arrive(parts, 2, at=now, connection_id="conn_2")
    assert seen(mine) == [other]
    assert seen(nothing) == []
    with pytest.raises(NotFound):
        Tail(parts, connection_id="conn_3")


def test_a_late_commit_is_not_missed(parts: Parts) -> None:
    """An id made up to OVERLAP_MS before the newest is shown when it is committed after it."""
    now = world.now_ms()
    tail = Tail(parts)
    newest = arrive(parts, 1, at=now + OVERLAP_MS)
    assert seen(tail) == [newest]
    late = arrive(parts, 2, at=now)
    assert seen(tail) == [late]
    arrive(parts, 3, at=now - 1)  # later than a commit can be
    assert seen(tail) == []


def test_a_reconnect_misses_nothing(parts: Parts) -> None:
    """Whoever comes back with a cursor sees what came meanwhile, and at most the overlap again."""
    now = world.now_ms()
    tail = Tail(parts)
    old = arrive(parts, 1, at=now)
    last = arrive(parts, 2, at=now + OVERLAP_MS + 1)
    assert seen(tail) == [old, last]
    missed = arrive(parts, 3, at=now + OVERLAP_MS + 2)
    assert seen(Tail(parts, tail.cursor)) == [last, missed]


def test_outcomes_are_followed(parts: Parts) -> None:
    """A delivery is shown again when an attempt has ended, however long after it came."""
    now = world.now_ms()
    tail = Tail(parts)
    first = arrive(parts, 1, at=now)
    assert seen(tail) == [first]
    change(parts, first, lease="lse_1", attempts=1)
    assert seen(tail) == [], "an attempt has begun, nothing has come of it"
    change(parts, first, lease=None)
    assert seen(tail) == [first]
    second = arrive(parts, 2, at=now + OVERLAP_MS + 1)
    assert seen(tail) == [second]
    change(parts, first, status="delivered", attempts=2)
    assert seen(tail) == [first]
    assert seen(tail) == []


@pytest.mark.parametrize("count", [PAGE, PAGE + 1])
def test_more_than_a_page_is_shown_at_once(parts: Parts, count: int) -> None:
    """A look takes in all that came, page by page."""
    now = world.now_ms()
    tail = Tail(parts)
    expected = [arrive(parts, number, at=now) for number in range(1, count + 1)]
    assert seen(tail) == expected


@pytest.mark.parametrize("cursor", ["evt_1", "dlv_", "dlv_" + "0" * 23, "dlv_" + "g" * 24])
def test_what_is_no_cursor_is_refused(parts: Parts, cursor: str) -> None:
    """Only the id of a delivery is a cursor."""
    with pytest.raises(InvalidContent):
        Tail(parts, cursor)


def test_a_cursor_tells_its_moment() -> None:
    """The time in an id is read back as it was written."""
    assert moment(id_at(1_740_235_260_123)) == 1_740_235_260_123
