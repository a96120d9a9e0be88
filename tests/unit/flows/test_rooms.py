"""How many deliveries an endpoint may have in flight: earned, broken, paced."""

import pytest

from connector.flows.rooms import (
    BREAK_AFTER,
    FIRST_PROBE_S,
    FIRST_ROOM,
    LAST_PROBE_S,
    LEAST_ROOM,
    PER_SECOND,
    Rooms,
)

URL = "https://example.com/hook"


def take(rooms: Rooms, now: float = 0.0, url: str = URL) -> bool:
    """Take a place for one more."""
    return rooms.take("we_1", url, now)


def fail(rooms: Rooms, times: int, now: float = 0.0) -> list[float | None]:
    """Let so many deliveries fail, one after the other; return what `leave` told each time."""
    told = []
    for _ in range(times):
        assert take(rooms, now)
        told.append(rooms.leave("we_1", False, now))
    return told


def test_room_is_earned_and_lost() -> None:
    """Success adds one, failure halves, within the limits; more than half taken is crowded."""
    rooms = Rooms(most=20)
    for number in range(FIRST_ROOM):
        assert (rooms.crowded(0) == ["we_1"]) == (number > FIRST_ROOM // 2)
        assert take(rooms)
    assert not take(rooms)
    for _ in range(FIRST_ROOM - 1):
        rooms.leave("we_1", False, 0)
    rooms.leave("we_1", True, 0)
    assert [take(rooms) for _ in range(LEAST_ROOM + 2)] == [True] * (LEAST_ROOM + 1) + [False]
    for _ in range(LEAST_ROOM + 1):
        rooms.leave("we_1", True, 0)
    for _ in range(40):
        assert take(rooms)
        rooms.leave("we_1", True, 0)
    assert [take(rooms) for _ in range(21)] == [True] * 20 + [False]


def test_an_endpoint_breaks_after_eight_failures_in_a_row() -> None:
    """It is told when the first probe comes; seven failures and a success break nothing."""
    rooms = Rooms(most=20)
    assert not rooms.any_broken()
    assert fail(rooms, BREAK_AFTER - 1) == [None] * (BREAK_AFTER - 1)
    assert take(rooms)
    rooms.leave("we_1", True, 0)
    assert fail(rooms, BREAK_AFTER) == [None] * (BREAK_AFTER - 1) + [FIRST_PROBE_S]
    assert rooms.any_broken()
    assert not take(rooms, FIRST_PROBE_S - 0.01)
    assert rooms.crowded(FIRST_PROBE_S - 0.01) == ["we_1"]


def test_a_broken_endpoint_gets_one_probe_at_a_time() -> None:
    """Each comes later than the one before, a minute at most; a success lets all others go."""
    rooms = Rooms(most=20)
    fail(rooms, BREAK_AFTER)
    now, wait, waits = 0.0, FIRST_PROBE_S, []
    for _ in range(6):
        now += wait
        assert rooms.crowded(now - 0.01) == ["we_1"]
        assert rooms.crowded(now) == []
        assert take(rooms, now)
        assert not take(rooms, now), "a second probe"
        assert rooms.crowded(now) == ["we_1"]
        waits.append(wait)
        wait = rooms.leave("we_1", False, now) or 0
    assert waits == [5, 10, 20, 40, 60, 60]
    assert (waits[0], waits[-1]) == (FIRST_PROBE_S, LAST_PROBE_S)
    now += 60
    assert take(rooms, now)
    rooms.leave("we_1", True, now)
    assert rooms.crowded(now) == []
    assert [take(rooms, now) for _ in range(LEAST_ROOM + 1)] == [True] * (LEAST_ROOM + 1)


def test_what_was_under_way_when_it_broke_puts_no_probe_off() -> None:
    """The first probe is told once and comes five seconds later, however many fail with it."""
    rooms = Rooms(most=100)
    for _ in range(60):
        rooms.take("we_1", URL, 0)
        rooms.leave("we_1", True, 0)
    for _ in range(60):
        assert take(rooms)
    told = [rooms.leave("we_1", False, 0.1) for _ in range(60)]
    assert [each for each in told if each is not None] == [FIRST_PROBE_S]
    assert not take(rooms, FIRST_PROBE_S)
    assert take(rooms, FIRST_PROBE_S + 0.1)
    assert rooms.leave("we_1", False, 6) == 2 * FIRST_PROBE_S


def test_a_probe_that_somebody_asks_for_goes_at_once() -> None:
    """One that failed after it was asked for has answered the question."""
    rooms = Rooms(most=20)
    rooms.ask("we_1", 1)
    fail(rooms, BREAK_AFTER, now=10)
    rooms.ask("we_1", 10)
    assert not take(rooms, 11)
    rooms.ask("we_1", 11)
    assert take(rooms, 11)
    assert rooms.leave("we_1", False, 12) is not None
    rooms.ask("we_1", 11)
    assert not take(rooms, 12)


def test_a_place_that_was_not_used_is_given_back() -> None:
    """As if nothing had been taken."""
    rooms = Rooms(most=20)
    for _ in range(3 * FIRST_ROOM):
        assert take(rooms)
        rooms.give_back("we_1")
    assert rooms.crowded(0) == []


@pytest.mark.parametrize("host", PER_SECOND)
def test_a_builders_pace_is_kept(host: str) -> None:
    """In any second no more than a hook bears, and over ten seconds not much less."""
    rooms, url, pace = Rooms(most=20), f"https://{host}/hooks/1", PER_SECOND[host]
    times = []
    for hundredth in range(1000):
        now = hundredth / 100
        while rooms.take("we_1", url, now):
            rooms.leave("we_1", True, now)
            times.append(now)
    assert all(sum(at <= other < at + 0.999 for other in times) <= pace for at in times)
    assert len(times) >= pace * 10 * 0.85
