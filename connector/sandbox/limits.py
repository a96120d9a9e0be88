"""Stora's rate limits: 10 calls a second and 60 a minute (Stora page: guides/requests).

Windows are aligned to the clock and counted per caller: one application or access token at one
operator.
Refused calls do not count.
"""

import threading
from dataclasses import dataclass

from connector.errors import TooManyRequests
from connector.world import now_ms

PER_SECOND = 10
PER_MINUTE = 60


@dataclass
class _Window:
    number: int = -1
    calls: int = 0


class Limits:
    """Counts calls; `spend` raises when there are too many."""

    def __init__(
        self, per_second: int = PER_SECOND, per_minute: int = PER_MINUTE, *, on: bool = True
    ) -> None:
        self.rules = ((per_second, 1), (per_minute, 60)) if on else ()
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, int], _Window] = {}

    def spend(self, caller: str) -> None:
        """Count one call of `caller`; raise `TooManyRequests` when a limit is reached.

        The error carries `RateLimit-Limit` and `RateLimit-Reset` (UTC epoch seconds), and like
        Stora's no `Retry-After`.
        """
        now_s = now_ms() // 1000
        with self._lock:
            open_windows = []
            for limit, seconds in self.rules:
                window = self._windows.setdefault((caller, seconds), _Window())
                if window.number != now_s // seconds:
                    window.number, window.calls = now_s // seconds, 0
                if window.calls >= limit:
                    raise too_many(limit, (window.number + 1) * seconds)
                open_windows.append(window)
            for window in open_windows:
                window.calls += 1

    def reset(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._windows.clear()


def too_many(limit: int, reset_s: int) -> TooManyRequests:
    """Return the error of a caller that may come back at `reset_s`, in epoch seconds."""
    return TooManyRequests(headers={"RateLimit-Limit": str(limit), "RateLimit-Reset": str(reset_s)})
