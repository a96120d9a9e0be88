"""Processes that are measured: started together, killed together, their CPU time and memory read.

CPU time and memory come from /proc and include every descendant, also those that have ended, so
that a server with workers is charged for them.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
STOP_S = 15.0


class Processes:
    """A group of processes that write to one log."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._started: list[subprocess.Popen[bytes]] = []
        self._adopted: list[int] = []

    def start(
        self,
        argv: Sequence[str | Path],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: int | None = None,
    ) -> None:
        """Start one more; `env` is added to this process's environment."""
        with self._log.open("ab") as log, undisturbed():
            self._started.append(
                subprocess.Popen(
                    argv,
                    env={**os.environ, **(env or {})},
                    cwd=cwd,
                    user=user,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def adopt(self, pid: int) -> None:
        """Account for a process that somebody else starts and ends."""
        self._adopted.append(pid)

    def cpu_s(self) -> float:
        """Return the CPU seconds used so far, in user and system mode."""
        return sum(map(_cpu_ticks, self._all())) / TICKS

    def memory(self) -> int:
        """Return the bytes of memory held, pages that are shared counted once (PSS)."""
        return sum(_rollup(pid, "Pss:") for pid in self._all())

    def resident(self) -> int:
        """Return the bytes that each has in memory, added up (RSS)."""
        return sum(_rollup(pid, "Rss:") for pid in self._all())

    def pids(self) -> list[int]:
        """Return all that were started and run, descendants included."""
        return [pid for each in self._started for pid in _family(each.pid)]

    def kill(self) -> None:
        """End all at once with SIGKILL, and return when all have gone."""
        family = self.pids()
        for pid in family:
            _signal(pid, signal.SIGKILL)
        self._wait()
        while any(map(runs, family)):
            time.sleep(0.01)

    def stop(self) -> None:
        """Ask all to end, the youngest first; kill what does not."""
        family = self.pids()
        for each in reversed(self._started):
            each.terminate()
        until = time.monotonic() + STOP_S
        while any(map(runs, family)) and time.monotonic() < until:
            for each in self._started:
                each.poll()
            time.sleep(0.02)
        for pid in family:
            if runs(pid):
                _signal(pid, signal.SIGKILL)
        self._wait()

    def check(self) -> None:
        """Raise RuntimeError, with the end of the log, if one has ended by itself."""
        for each in self._started:
            if each.poll() is not None:
                told = self._log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{each.args!r} ended with {each.returncode}:\n{told}")

    def _all(self) -> list[int]:
        return self.pids() + [pid for each in self._adopted for pid in _family(each)]

    def _wait(self) -> None:
        for each in self._started:
            each.wait()
        self._started.clear()


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Hold SIGTERM back: a process that is being started is known before anybody is told to end.

    Otherwise one that runs already, while `Popen` has not yet returned, would be left behind.
    """
    if threading.current_thread() is not threading.main_thread():  # signals do not come here
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if came:
            signal.raise_signal(signal.SIGTERM)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def runs(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return b") Z" not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:
            continue
        for child in found:
            yield from _family(int(child))


def _cpu_ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime (proc(5))


def _rollup(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
