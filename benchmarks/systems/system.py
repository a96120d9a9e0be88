"""What is asked of a system that is put on the bench."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from benchmarks.processes import Processes


@dataclass(frozen=True)
class Place:
    """Where a system runs: a folder of its own, the port it listens on, where it delivers to.

    `ground` is for what it stands on.
    """

    folder: Path
    target: str
    port: int
    ground: Processes


@dataclass(frozen=True)
class Command:
    """How one process is started; `env` is added to the environment."""

    argv: Sequence[str | Path]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None

    def run(self) -> None:
        """Run it to its end; raises CalledProcessError."""
        subprocess.run(
            self.argv,
            env={**os.environ, **self.env},
            cwd=self.cwd,
            check=True,
            stdout=subprocess.DEVNULL,
        )


class System(Protocol):
    """One way to do the work: a signed webhook in, kept as promised, POSTed to the target."""

    name: str
    server: str  # what answers HTTP
    promises: str  # what an acknowledgement means
    path: str  # where webhooks are POSTed

    def prepare(self, place: Place) -> None:
        """Make whatever must be there before the first start; raises Missing."""

    def web(self, place: Place) -> Sequence[Command]:
        """Return what takes requests."""

    def workers(self, place: Place) -> Sequence[Command]:
        """Return what works off what was taken in; empty if the web processes do."""

    def ready(self, place: Place) -> None:
        """Return when a webhook would be taken, once the port is open."""

    def put_away(self, place: Place) -> None:
        """Remove what lies outside of the folder."""


class Bare:
    """What most systems answer: nothing to prepare, no workers, ready with the port."""

    def prepare(self, place: Place) -> None:
        """Nothing."""

    def workers(self, place: Place) -> Sequence[Command]:
        """None: the web processes do it all."""
        return ()

    def ready(self, place: Place) -> None:
        """Nothing: the port opens last."""

    def put_away(self, place: Place) -> None:
        """Nothing: all is in the folder."""


@runtime_checkable
class Preloadable(System, Protocol):
    """A system that can be given a backlog without its own web server."""

    def preload(self, place: Place, count: int) -> list[str]:
        """Put `count` events where the workers look for them; return their ids."""


class Missing(Exception):
    """Something that a system needs is not installed; the message says how to get it."""
