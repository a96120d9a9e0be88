"""A clock that a test holds: it runs, and whoever sleeps makes it jump instead of waiting."""

import threading
import time

import pytest

from connector import world


class Clock:
    """Stands in for `time` in connector.world: `offset` seconds ahead of the real clocks."""

    def __init__(self) -> None:
        self.offset = 0.0
        self._moving = threading.Lock()

    def time_ns(self) -> int:
        """Return the wall clock in nanoseconds."""
        return time.time_ns() + int(self.offset * 1e9)

    def monotonic(self) -> float:
        """Return the clock for deadlines, in seconds."""
        return time.monotonic() + self.offset

    def sleep(self, seconds: float) -> None:
        """Jump ahead."""
        with self._moving:
            self.offset += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of Unitwire and of the sandbox, held."""
    held = Clock()
    monkeypatch.setattr(world, "time", held)
    return held
