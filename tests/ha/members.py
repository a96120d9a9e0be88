"""The processes of a cluster: started, frozen, killed, each with all that came out of it."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests


class Member:
    """A process that is started, frozen and killed with all that came out of it."""

    def __init__(self, name: str, command: list[str], folder: Path) -> None:
        self.name = name
        self._command = command
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._all: list[int] = []

    def start(self) -> None:
        """Start it, as `postgres` if this is root's process (PostgreSQL refuses to be root's)."""
        drop: dict[str, Any] = {}
        if os.geteuid() == 0:
            drop = {"user": "postgres", "group": "postgres", "extra_groups": []}
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **drop,
            )

    def kill(self) -> None:
        """End everything at once with `kill -9`, the manager before what it would start again."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        self._process = None

    def freeze(self) -> None:
        """Stop everything (SIGSTOP): it holds its connections and says nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let what was frozen go on."""
        for pid in self._all:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _signal(self, number: int) -> None:
        self._all = list(self._tree())
        for pid in self._all:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _tree(self) -> Iterator[int]:
        if self._process is not None and self._process.poll() is None:
            yield from descendants(self._process.pid)


class Server(Member):
    """One Patroni with the PostgreSQL that it runs."""

    def __init__(
        self, name: str, command: list[str], folder: Path, data: Path, port: int, api: int
    ) -> None:
        super().__init__(name, command, folder)
        self._pid_file = data / "postmaster.pid"
        self.port = port
        self._api = f"http://127.0.0.1:{api}"

    @property
    def role(self) -> str:
        """What Patroni takes it for: master, replica or sync_standby; "" if it does not answer."""
        with suppress(OSError, ValueError):
            told = ask(f"{self._api}/patroni")
            if told.get("state") == "running":
                return "sync_standby" if told.get("sync_standby") else str(told["role"])
        return ""

    def crash(self) -> None:
        """Kill PostgreSQL alone; its manager sees it."""
        for pid in descendants(int(self._pid_file.read_text().split()[0])):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _tree(self) -> Iterator[int]:
        yield from super()._tree()
        with suppress(OSError, ValueError):  # the postmaster has a session of its own
            yield from descendants(int(self._pid_file.read_text().split()[0]))


def descendants(pid: int) -> Iterator[int]:
    """Yield a process and everything that came out of it, parents first."""
    yield pid
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                yield from descendants(int(stat.parent.name))


def ask(url: str) -> dict[str, Any]:
    """Return the JSON that `url` answers within two seconds, whatever its status; else OSError."""
    return dict(requests.get(url, timeout=2).json())
