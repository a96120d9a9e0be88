"""Time, chance and threads of Unitwire, held by one seed."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

BEGINS_NS = 1_790_000_000 * 1_000_000_000  # September 2026


class Time:
    """Stands in for `time` in connector.world: passes only when its maker's thread lets it pass.

    The writer's thread breathes or not, as the machine's scheduler pleases: that is no time.
    """

    def __init__(self) -> None:
        self.passed_ns = 0
        self._holder = threading.get_ident()

    def time_ns(self) -> int:
        """Return the wall clock in nanoseconds."""
        return BEGINS_NS + self.passed_ns

    def monotonic(self) -> float:
        """Return the clock for deadlines, in seconds."""
        return self.passed_ns / 1e9

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        if threading.get_ident() == self._holder:
            self.passed_ns += int(seconds * 1e9)


class Chance:
    """Stands in for `secrets` in connector.world."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def token_bytes(self, count: int) -> bytes:
        """Return so many bytes."""
        return self._dice.randbytes(count)

    def token_hex(self, count: int) -> str:
        """Return so many bytes in hexadecimal."""
        return self._dice.randbytes(count).hex()

    def token_urlsafe(self, count: int) -> str:
        """Return as many bytes as text of this length has, at least."""
        return self._dice.randbytes(count).hex()

    def randbelow(self, limit: int) -> int:
        """Return a number from 0, below `limit`."""
        return self._dice.randrange(limit)


class AtOnce:
    """Stands in for a thread pool: does each thing at once, in the caller's thread."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def submit(self, work: Callable[..., Any], *arguments: object) -> "Future[Any]":
        """Do it; what it raises is kept in the future, as a pool does."""
        done: Future[Any] = Future()
        try:
            done.set_result(work(*arguments))
        except Exception as problem:
            done.set_exception(problem)
        return done

    def shutdown(self, **_: object) -> None:
        """Have nothing to end."""
