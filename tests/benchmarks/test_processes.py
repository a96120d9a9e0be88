"""What the benchmarks read from processes, and whom they end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.processes import Processes, runs

PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
PATIENCE_S = 30.0
BURN = "import time\nwhile time.process_time() < 0.6: pass\ntime.sleep(60)"
CHARGED_S = 0.3  # well below what is burnt: a kernel's ticks may show less than its clock


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """An empty group, ended whatever happens."""
    made = Processes(tmp_path / "log")
    yield made
    made.kill()


def until(processes: Processes, count: int) -> list[int]:
    """Return the ids of all processes, once there are so many."""
    end = time.monotonic() + PATIENCE_S
    while len(found := processes.pids()) < count:
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


@pytest.mark.slow
def test_a_descendant_is_charged_for_and_killed(processes: Processes) -> None:
    """CPU time and memory of a child's child count, and SIGKILL reaches it."""
    processes.start([sys.executable, "-c", PARENT, BURN])
    family = until(processes, 2)
    end = time.monotonic() + PATIENCE_S
    while (used := processes.cpu_s()) < CHARGED_S and time.monotonic() < end:
        time.sleep(0.05)
    assert used >= CHARGED_S
    assert 4_000_000 < processes.memory() <= processes.resident()
    processes.kill()
    assert not any(map(runs, family))


def test_a_process_that_ended_by_itself_is_told_with_its_log(processes: Processes) -> None:
    """The end of the log is in the error."""
    processes.start([sys.executable, "-c", "raise SystemExit('no such luck')"])
    while any(map(runs, processes.pids())):
        time.sleep(0.01)
    with pytest.raises(RuntimeError, match="no such luck"):
        processes.check()
    processes.stop()


def test_one_that_is_being_started_is_ended_too(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM that comes after the fork and before its id is known waits until it is."""

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            signal.raise_signal(signal.SIGTERM)

    def leave(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    before = signal.signal(signal.SIGTERM, leave)
    try:
        with pytest.raises(SystemExit):
            processes.start([sys.executable, "-c", "import time; time.sleep(60)"])
    finally:
        signal.signal(signal.SIGTERM, before)
    assert len(processes.pids()) == 1


def test_a_process_of_somebody_else_is_charged_for_but_left_alone(processes: Processes) -> None:
    """An adopted process counts, and is not ended."""
    processes.adopt(os.getpid())
    assert processes.cpu_s() > 0
    processes.kill()
    assert runs(os.getpid())
