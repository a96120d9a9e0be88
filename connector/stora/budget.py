"""The rate budget of one connection: Stora allows 10 calls a second and 60 a minute.

Stora page: guides/requests; a plan may have other limits. Whether it counts fixed or sliding
windows is not said, so the last calls are remembered and no sliding window ever holds more than
the limit; then no fixed one does. The windows are a little longer than Stora's, because calls that
leave evenly may arrive bunched; that costs 7 % of the rate by the second and 3 % by the minute.

The lanes share the budget. Lower ones stop before it is used up, so that an action does not wait
behind a picklist, nor a picklist behind an entry in the timeline or a sweep.
Pure: the caller brings the time and keeps the state, a short JSON text.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Lane = Literal["action", "picklist", "timeline", "sweep"]
SHARES: dict[Lane, float] = {"action": 1.0, "picklist": 0.8, "timeline": 0.65, "sweep": 0.5}
SECOND_MS, MINUTE_MS = 1_080, 62_000  # Stora's windows and a little more
LONGEST_BLOCK_MS = 3_600_000


@dataclass(frozen=True)
class Limit:
    """At most `calls` in any `window_ms`."""

    calls: int
    window_ms: int


def limits(per_second: int, per_minute: int) -> tuple[Limit, ...]:
    """Return the limits to keep where Stora allows so many calls."""
    return (Limit(per_second, SECOND_MS), Limit(per_minute, MINUTE_MS))


LIMITS = limits(10, 60)
EMPTY = '{"calls":[],"blocked_until":0}'


def take(
    state: str, now_ms: int, lane: Lane = "action", limits: Sequence[Limit] = LIMITS
) -> tuple[str, int]:
    """Take one call: return the new state and 0, or the same state and the ms to wait first.

    Without `limits`, only a block (see `block`) makes a call wait.
    """
    calls, blocked_until = _read(state, now_ms)
    wait = blocked_until - now_ms
    for limit in limits:
        allowed = max(1, int(limit.calls * SHARES[lane]))
        if len(calls) >= allowed:
            wait = max(wait, calls[-allowed] + limit.window_ms - now_ms)
    if wait > 0:
        return state, wait
    longest = max((limit.window_ms for limit in limits), default=0)
    recent = [at for at in calls if at > now_ms - longest]
    return _write([*recent, now_ms], 0), 0


def block(state: str, now_ms: int, wait_ms: int) -> str:
    """Return the state after a 429: no call for `wait_ms`, as Stora asked."""
    calls, blocked_until = _read(state, now_ms)
    return _write(calls, max(blocked_until, now_ms + min(wait_ms, LONGEST_BLOCK_MS)))


@dataclass(frozen=True)
class Left:
    """What is left: calls in this minute, and until when (ms) Stora lets nobody call; 0 if it does.

    `calls` is None where no limits are kept.
    """

    calls: int | None
    blocked_until: int


def left(state: str, now_ms: int, limits: Sequence[Limit] = LIMITS) -> Left:
    """Return what is left of the budget for the first lane."""
    calls, blocked_until = _read(state, now_ms)
    longest = max(limits, key=lambda limit: limit.window_ms, default=None)
    free = None
    if longest is not None:
        free = longest.calls - sum(at > now_ms - longest.window_ms for at in calls)
    return Left(free, blocked_until if blocked_until > now_ms else 0)


def join(state: str, other: str) -> str:
    """Return the state of a connection whose calls were counted in two places."""
    first, second = json.loads(state), json.loads(other)
    return _write(
        sorted([*first["calls"], *second["calls"]]),
        max(first["blocked_until"], second["blocked_until"]),
    )


def _read(state: str, now_ms: int) -> tuple[list[int], int]:
    """Return calls, oldest first, and the end of the block.

    A clock that was set back must not stop a connection: what lies in the future counts as now.
    """
    kept: dict[str, Any] = json.loads(state)
    calls = [min(int(at), now_ms) for at in kept["calls"]]
    return calls, min(int(kept["blocked_until"]), now_ms + LONGEST_BLOCK_MS)


def _write(calls: Sequence[int], blocked_until: int) -> str:
    return json.dumps({"calls": calls, "blocked_until": blocked_until}, separators=(",", ":"))
