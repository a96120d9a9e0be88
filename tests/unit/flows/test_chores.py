"""Chores: none is in the way of the dispatcher's end."""

import threading
from collections.abc import Callable

import pytest

from connector.flows import chores
from connector.flows.chores import Chores
from connector.flows.parts import Parts


def test_a_sweep_under_way_is_told_to_end(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much it has to do, and it has ended when the chores have."""
    begun, ended = threading.Event(), threading.Event()

    def long(_parts: Parts, go_on: Callable[[], bool]) -> None:
        begun.set()
        while go_on():
            ended.wait(0.01)
        ended.set()

    monkeypatch.setattr(chores, "sweep", long)
    monkeypatch.setattr(chores, "SWEEP_EVERY_S", 0)
    begin = Chores(parts)
    begin.look()
    assert begun.wait(10)
    begin.close()
    assert ended.is_set()
