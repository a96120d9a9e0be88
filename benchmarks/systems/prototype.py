"""The ceiling: see benchmarks/prototype."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.prototype import store
from benchmarks.prototype.web import PATH
from benchmarks.systems.system import Bare, Command, Place
from benchmarks.workload import events

ROOT = Path(__file__).parents[2]


class Prototype(Bare):
    """Unitwire's engines without the product; `on_threads`, webhooks are taken by a Flask view."""

    server = "uvicorn + intake"
    promises = "durable before 2xx; tried again only after a crash"
    path = PATH

    def __init__(self, *, on_threads: bool = False) -> None:
        self.name = "bare prototype with Flask" if on_threads else "bare prototype (the ceiling)"
        self._web = "threads" if on_threads else "web"

    def prepare(self, place: Place) -> None:
        """Make the tables."""
        connection = store.connect(self._database(place))
        connection.executescript(store.TABLES)
        connection.close()

    def web(self, place: Place) -> Sequence[Command]:
        """Return the web server."""
        return [self._command(self._web, self._database(place), str(place.port))]

    def workers(self, place: Place) -> Sequence[Command]:
        """Return the dispatcher."""
        return [self._command("dispatch", self._database(place), place.target)]

    def preload(self, place: Place, count: int) -> list[str]:
        """Insert events that are due; return their ids."""
        connection = store.connect(self._database(place))
        rows = [
            (event.id, event.body, time.time())
            for _, event in zip(range(count), events(), strict=False)
        ]
        with store.transaction(connection) as cursor:
            store.insert(cursor, rows)
        connection.close()
        return [event_id for event_id, _, _ in rows]

    @staticmethod
    def _database(place: Place) -> str:
        return str(place.folder / "prototype.db")

    @staticmethod
    def _command(*arguments: str) -> Command:
        return Command([sys.executable, "-m", "benchmarks.prototype", *arguments], cwd=ROOT)
