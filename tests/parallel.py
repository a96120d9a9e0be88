"""Work beside the tests' own thread: the same from many at the same moment, or on an event loop."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work` with 0 to `count - 1`, all at once; return what each returned or raised."""
    gate = threading.Barrier(count)

    def run(number: int) -> Any:
        gate.wait(30)
        try:
            return work(number)
        except Exception as problem:
            return problem

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def on_a_loop(story: Coroutine[Any, Any, Any]) -> Any:
    """Run `story` on an event loop in a thread of its own, and return what it returns.

    A browser's test before this one may have left a loop running in the thread of the tests.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, story).result()
