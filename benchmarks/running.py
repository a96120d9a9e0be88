"""One system on the bench: prepared, started, looked at, killed, started again, ended.

What the system stands on (Redis, PostgreSQL) is kept apart from what does the work: it is charged
for as well, but lives on when the system is killed.
"""

import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from benchmarks.ports import HOST, free_port, wait_for
from benchmarks.processes import Processes
from benchmarks.systems.system import Place, System


class Running:
    """A context: `system` is prepared inside it, to deliver to `target`; all goes at its end."""

    def __init__(self, system: System, target: str) -> None:
        self.system = system
        folder = Path(tempfile.mkdtemp(prefix="unitwire-bench-"))
        log = folder / "log"
        self._ground = Processes(log)
        self.web, self.workers = Processes(log), Processes(log)
        self.place = Place(folder, target, free_port(), self._ground)
        self.url = f"http://{HOST}:{self.place.port}{system.path}"

    def __enter__(self) -> "Running":
        try:
            self.system.prepare(self.place)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._end()

    def start(self) -> None:
        """Start all that does the work, and return when it listens."""
        self.start_workers()
        self.start_web()

    def start_web(self) -> None:
        """Start what takes requests, and return when it listens.

        Raises RuntimeError, with the end of the log, if it does not.
        """
        for command in self.system.web(self.place):
            self.web.start(command.argv, command.env, command.cwd)
        wait_for(self.place.port, self.web)
        self.system.ready(self.place)

    def start_workers(self) -> None:
        """Start what works off what was taken in."""
        for command in self.system.workers(self.place):
            self.workers.start(command.argv, command.env, command.cwd)

    def cpu_s(self) -> float:
        """Return the CPU seconds of everything so far."""
        return sum(each.cpu_s() for each in (self.web, self.workers, self._ground))

    def memory(self) -> int:
        """Return the bytes that everything holds."""
        return sum(each.memory() for each in (self.web, self.workers, self._ground))

    def kill(self) -> None:
        """Kill -9 what does the work, not what it stands on."""
        self.web.kill()
        self.workers.kill()

    def log(self) -> str:
        """Return the end of what all processes have written."""
        return (self.place.folder / "log").read_text(errors="replace")[-4000:]

    def _end(self) -> None:
        for each in (self.web, self.workers, self._ground):
            each.stop()
        self.system.put_away(self.place)
        shutil.rmtree(self.place.folder, ignore_errors=True)
