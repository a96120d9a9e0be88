"""Children are kept running, and ended when they are no longer wanted."""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from connector.cli import children
from connector.cli.children import Keeper


class FakeChild:
    """A process that ends when it is told to."""

    stdin = None

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.status = 0

    def end(self, status: int) -> None:
        """Die."""
        self.status = status
        self.ended.set()

    def terminate(self) -> None:
        """Ask to end."""
        self.end(0)

    def wait(self, timeout: float | None = None) -> int:
        """Return the status once it has ended."""
        assert self.ended.wait(timeout or 10)
        return self.status


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[FakeChild]:
    """The children that were started, none of them a real process; waits are short."""
    found: list[FakeChild] = []

    def start(*_arguments: Any, **_more: Any) -> FakeChild:
        found.append(FakeChild())
        return found[-1]

    monkeypatch.setattr(children, "start", start)
    monkeypatch.setattr(children, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(children, "LONGEST_WAIT_S", 0.04)
    return found


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether `condition()` becomes true within seconds."""
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def test_a_child_that_dies_is_started_again(started: list[FakeChild]) -> None:
    """Each death, whatever its status, is followed by a new start, until the keeper stops."""
    keeper = Keeper(["dispatch"], {})
    for number, status in enumerate((0, 1, -9), 1):
        started[-1].end(status)
        assert eventually(lambda number=number: len(started) == number + 1)
    assert eventually(lambda: keeper.restarts == 3)
    keeper.stop()
    assert started[-1].ended.is_set()
    assert len(started) == 4


def test_a_stopped_keeper_starts_nothing(started: list[FakeChild]) -> None:
    """A child that ends because it was told to is not started again."""
    Keeper(["dispatch"], {}).stop()
    time.sleep(0.05)
    assert len(started) == 1


def test_ending_in_order_happens_once() -> None:
    """The first signal raises SystemExit, and the next ones are passed over."""
    before = {number: signal.getsignal(number) for number in children.ENDING}
    try:
        children.end_in_order()
        with pytest.raises(SystemExit) as ended:
            os.kill(os.getpid(), signal.SIGTERM)
        assert ended.value.code == 0
        for number in children.ENDING:
            os.kill(os.getpid(), number)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
