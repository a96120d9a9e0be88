"""What nobody waits for is done by one thread, each thing once."""

import threading

import pytest

from connector.errors import StoraUnavailable
from connector.flows.background import Background


def test_work_is_done_by_another_thread() -> None:
    """Whoever asks goes on at once."""
    background, done = Background(), threading.Event()
    names: list[str] = []

    def work() -> None:
        names.append(threading.current_thread().name)
        done.set()

    assert background.do("a", work)
    assert done.wait(5)
    background.close()
    assert names[0] != threading.current_thread().name


def test_the_same_work_is_queued_once() -> None:
    """While it waits or is being done; other work is queued; afterwards it may be done again."""
    background, go = Background(), threading.Event()
    counted: list[str] = []

    def work(name: str) -> None:
        assert go.wait(5)
        counted.append(name)

    assert background.do("a", lambda: work("a"))
    assert not background.do("a", lambda: work("a"))
    assert background.do("b", lambda: work("b"))
    assert not background.do("b", lambda: work("b"))
    go.set()
    ended = threading.Event()
    background.do("end", ended.set)
    assert ended.wait(5)
    assert counted == ["a", "b"]
    assert background.do("a", lambda: work("a"))
    background.close()


@pytest.mark.parametrize("problem", [StoraUnavailable("Down."), ValueError("broken")])
def test_work_that_fails_harms_nobody(problem: Exception) -> None:
    """It is logged, and the thread goes on."""
    background, done = Background(), threading.Event()

    def fail() -> None:
        raise problem

    background.do("a", fail)
    background.do("b", done.set)
    assert done.wait(5)
    background.close()


def test_closing_forgets_what_waits() -> None:
    """What is being done comes to its end."""
    background, go, begun = Background(), threading.Event(), threading.Event()
    counted: list[str] = []

    def work() -> None:
        begun.set()
        assert go.wait(5)
        counted.append("a")

    background.do("a", work)
    background.do("b", lambda: counted.append("b"))
    assert begun.wait(5)
    closing = threading.Thread(target=background.close)
    closing.start()
    go.set()
    closing.join(5)
    assert counted == ["a"]
