"""How the demo waits for what it starts."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connector.cli.demo import house
from connector.cli.demo.house import await_dispatcher
from connector.errors import Unavailable
from connector.flows.parts import Parts
from connector.store.bell import ear_of


@pytest.mark.parametrize(("restarts", "start_s"), [(1, 30.0), (0, 0.1)])
def test_a_dispatcher_that_does_not_come_up_is_told(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restarts: int, start_s: float
) -> None:
    """One that dies is told at once, one that does not listen in time; with the log's end."""
    monkeypatch.setattr(house, "START_S", start_s)
    log = tmp_path / "log"
    log.write_text("first\nlast words\n")
    keeper: Any = SimpleNamespace(restarts=restarts)
    with pytest.raises(Unavailable, match="The dispatcher did not come up") as told:
        await_dispatcher(parts.settings, keeper, log)
    assert "last words" in str(told.value)


def test_one_that_listens_is_waited_for(parts: Parts, tmp_path: Path) -> None:
    """The story may begin as soon as it does."""
    ear = ear_of(parts.store)
    try:
        keeper: Any = SimpleNamespace(restarts=0)
        await_dispatcher(parts.settings, keeper, tmp_path / "log")
    finally:
        ear.close()
