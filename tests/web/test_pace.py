"""Counting callers in the memory of one process."""

import pytest
from clock import Clock

from connector.store.rates import Rate
from connector.web import pace
from connector.web.pace import Pace

THREE = Rate(3, 60)


def test_as_many_as_allowed_go_through_in_each_window(clock: Clock) -> None:
    """One more is told the time to the window's end; after it as many go through again."""
    counted = Pace()
    for _ in range(2):
        assert [counted.hit("a", THREE) for _ in range(3)] == [0, 0, 0]
        clock.sleep(20)
        assert 39 < counted.hit("a", THREE) <= 40
        clock.sleep(40)


def test_callers_and_rates_are_counted_apart() -> None:
    """Who is over one limit is neither another caller nor over another limit."""
    counted = Pace()
    assert [counted.hit("a", THREE) > 0 for _ in range(4)] == [False] * 3 + [True]
    assert counted.hit("b", THREE) == 0
    assert counted.hit("a", Rate(4, 60)) == 0


def test_a_clock_that_was_ahead_keeps_nobody_out(clock: Clock) -> None:
    """A window that a wrong clock began ends with the first right one."""
    counted = Pace()
    clock.sleep(86_400)
    assert [counted.hit("a", THREE) > 0 for _ in range(4)][-1]
    clock.sleep(-86_400)
    assert counted.hit("a", THREE) == 0


def test_a_flood_of_callers_takes_no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit of callers that are remembered, all begin anew."""
    monkeypatch.setattr(pace, "REMEMBERED", 2)
    counted = Pace()
    assert [counted.hit(key, Rate(1, 60)) > 0 for key in "aabba"] == [0, 1, 0, 1, 1]
    assert counted.hit("c", Rate(1, 60)) == 0
    assert counted.hit("a", Rate(1, 60)) == 0
