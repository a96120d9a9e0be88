"""The rate budget: never above Stora's limits however it counts, never far below."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.stora.budget import (
    EMPTY,
    LIMITS,
    LONGEST_BLOCK_MS,
    SECOND_MS,
    SHARES,
    Lane,
    Left,
    block,
    join,
    left,
    limits,
    take,
)

START = 1_700_000_000_000
STORA = ((10, 1_000), (60, 60_000))


def run(lane: Lane, until_ms: int, state: str = EMPTY) -> list[int]:
    """Return when calls go out, from START on, if each goes as soon as it may."""
    now, sent = START, []
    while now < START + until_ms:
        state, wait = take(state, now, lane)
        if wait:
            now += wait
        else:
            sent.append(now)
    return sent


def test_the_tenth_call_goes_at_once_and_the_eleventh_waits() -> None:
    """Ten calls go out in one moment; the next one waits a second and a little more."""
    state = EMPTY
    for _ in range(10):
        state, wait = take(state, START)
        assert wait == 0
    assert take(state, START) == (state, SECOND_MS)
    assert take(state, START + SECOND_MS - 1) == (state, 1)
    assert take(state, START + SECOND_MS)[1] == 0


def test_the_sixtieth_call_of_a_minute_goes_and_the_next_waits() -> None:
    """Sixty calls go out within a minute; the next one waits for the first to be forgotten."""
    sent = run("action", 62_000)
    assert len(sent) == 60
    assert run("action", 62_001)[60] == START + 62_000


def test_greedy_calls_reach_nine_tenths_of_both_limits() -> None:
    """Caution costs less than a tenth of what Stora allows."""
    assert len(run("action", 5_500)) >= 0.9 * 10 * 5.5
    assert len(run("action", 600_000)) >= 0.9 * 60 * 10


@given(
    gaps=st.lists(st.integers(0, 3_000), min_size=1, max_size=200),
    lanes=st.lists(st.sampled_from(["action", "picklist", "sweep"]), min_size=200, max_size=200),
)
def test_no_window_of_stora_ever_holds_too_many(gaps: list[int], lanes: list[Lane]) -> None:
    """Whenever calls come, no sliding window has more than Stora's limit, so no fixed one has."""
    state, now, sent = EMPTY, START, []
    for gap, lane in zip(gaps, lanes, strict=False):
        now += gap
        state, wait = take(state, now, lane)
        if not wait:
            sent.append(now)
    for calls, window in STORA:
        assert all(sent[last] - sent[last - calls] >= window for last in range(calls, len(sent)))


@pytest.mark.parametrize(
    ("lane", "a_second", "a_minute"),
    [("picklist", 8, 48), ("timeline", 6, 39), ("sweep", 5, 30)],
)
def test_lower_lanes_leave_a_reserve_for_actions(lane: Lane, a_second: int, a_minute: int) -> None:
    """However greedy a lower lane is, an action that comes then goes out at once."""
    assert len(run(lane, 1_000)) == a_second
    sent = run(lane, 60_000)
    assert len(sent) == a_minute
    state = json.dumps({"calls": sent, "blocked_until": 0})
    assert take(state, sent[-1], "action")[1] == 0
    assert take(state, sent[-1], lane)[1] > 0


def test_a_wait_is_exactly_as_long_as_needed() -> None:
    """One millisecond before the wait is over the call still waits, then it goes."""
    state = json.dumps({"calls": run("action", 62_000), "blocked_until": 0})
    _, wait = take(state, START + 61_000)
    assert take(state, START + 61_000 + wait - 1)[1] == 1
    assert take(state, START + 61_000 + wait)[1] == 0


def test_a_block_holds_back_every_lane_until_it_ends() -> None:
    """After a 429 nothing goes out before Stora said so; a later, shorter block changes nothing."""
    state = block(block(EMPTY, START, 5_000), START, 1_000)
    assert take(state, START + 4_999)[1] == 1
    assert take(state, START + 4_999, limits=())[1] == 1
    assert take(state, START + 5_000)[1] == 0


def test_a_block_keeps_the_memory_of_calls() -> None:
    """Calls from before the block still count after it."""
    state = EMPTY
    for _ in range(10):
        state, _ = take(state, START)
    assert take(block(state, START, 500), START + 500)[1] == SECOND_MS - 500


def test_a_block_ends_after_an_hour_at_most() -> None:
    """A reset time far in the future does not stop a connection for good."""
    state = block(EMPTY, START, 10**12)
    assert take(state, START)[1] == LONGEST_BLOCK_MS


def test_a_clock_that_was_set_back_does_not_stop_a_connection() -> None:
    """Calls noted in the future count as made now, and wait no longer than one window."""
    state = json.dumps({"calls": run("action", 62_000), "blocked_until": START + 10**12})
    _, wait = take(state, START - 10**9)
    assert wait <= LONGEST_BLOCK_MS
    unblocked = json.dumps({"calls": run("action", 62_000), "blocked_until": 0})
    assert take(unblocked, START - 10**9)[1] == LIMITS[1].window_ms


def test_without_limits_only_a_block_counts() -> None:
    """A load test may lift the limits; nothing is remembered then."""
    state = EMPTY
    for _ in range(100):
        state, wait = take(state, START, limits=())
        assert wait == 0
    assert len(state) < 100


def test_calls_counted_in_two_places_are_one_budget() -> None:
    """What was called before the connection was known counts, and so does a block."""
    one, other = EMPTY, EMPTY
    for moment in range(5):
        one, _ = take(one, START + 2 * moment)
        other, _ = take(other, START + 2 * moment + 1)
    assert take(join(one, other), START + 10)[1] == SECOND_MS - 10
    assert take(join(EMPTY, block(EMPTY, START, 50)), START)[1] == 50


def test_the_state_stays_short() -> None:
    """The row of a busy connection never grows beyond a kilobyte."""
    state, now = EMPTY, START
    for _ in range(200):
        state, wait = take(state, now)
        now += wait
    assert len(state) < 1_000


def test_waits_shrink_as_time_goes_on() -> None:
    """The wait that is told is honest: later it is shorter by exactly the time that passed."""
    state = EMPTY
    for _ in range(10):
        state, _ = take(state, START)
    waits = [take(state, START + passed)[1] for passed in range(0, 1_000, 100)]
    assert all(before - after == 100 for before, after in pairwise(waits))


def test_the_limits_follow_the_plan() -> None:
    """Whatever Stora allows is kept, and even the lowest lane of the smallest plan gets a call."""
    state = EMPTY
    for _ in range(3):
        state, wait = take(state, START, limits=limits(3, 100))
        assert wait == 0
    assert take(state, START, limits=limits(3, 100))[1] > 0
    for lane in SHARES:
        assert take(EMPTY, START, lane, limits(1, 1))[1] == 0


def test_what_is_left_is_told() -> None:
    """Calls in this minute, and how long Stora wants no call at all."""
    assert left(EMPTY, START) == Left(60, 0)
    state, _ = take(EMPTY, START)
    assert left(state, START) == Left(59, 0)
    assert left(state, START + 61_999) == Left(59, 0)
    assert left(state, START + 62_000) == Left(60, 0)
    blocked = block(state, START, 500)
    assert left(blocked, START + 499) == Left(59, START + 500)
    assert left(blocked, START + 500) == Left(59, 0)
    assert left(EMPTY, START, ()) == Left(None, 0)
