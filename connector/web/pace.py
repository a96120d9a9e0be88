"""How often each caller asked lately, in the memory of one process.

It is asked for every request, so it costs a microsecond and no statement. Windows are fixed: the
first hit begins one, and nobody waits longer than to its end.
"""

from threading import Lock

from connector import world
from connector.store.rates import Rate

REMEMBERED = 10_000  # callers of one process; with one more, all begin anew


class Pace:
    """The counts of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._windows: dict[tuple[str, Rate], tuple[int, int]] = {}  # hits, end in ms

    def hit(self, key: str, rate: Rate) -> float:
        """Count one more under `key`; return 0, or the seconds to wait if that is too many."""
        now, longest = world.now_ms(), rate.seconds * 1000
        with self._lock:
            count, ends_at = self._windows.get((key, rate), (0, 0))
            if not now < ends_at <= now + longest:  # over, or begun by a clock that was wrong
                count, ends_at = 0, now + longest
                if len(self._windows) >= REMEMBERED:
                    self._windows.clear()
            self._windows[key, rate] = count + 1, ends_at
        return (ends_at - now) / 1000 if count >= rate.most else 0
