"""Huey on SQLite."""

from collections.abc import Sequence

from benchmarks.systems import flask_peer
from benchmarks.systems.system import Bare, Command, Place

# It looks for work every so often; by default up to ten seconds apart, which would be unfair.
WORKER = ["--workers=32", "--worker-type=thread", "--delay=0.01", "--max-delay=0.05", "--quiet"]


class Huey(Bare):
    """With an fsync at each commit, as Unitwire's SQLite has."""

    promises = "durable before 2xx, 8 retries; a job under way dies with its worker"
    path = flask_peer.PATH

    def __init__(self, server: str) -> None:
        self.name, self.server = "Huey, SQLite, fsync", server

    def web(self, place: Place) -> Sequence[Command]:
        """Return the web server."""
        return [flask_peer.web(self.server, "huey_sqlite", place, self._env(place))]

    def workers(self, place: Place) -> Sequence[Command]:
        """Return one consumer with 32 threads."""
        consumer = ["-m", "huey.bin.huey_consumer", "benchmarks.apps.huey_sqlite.queue"]
        return [flask_peer.python(*consumer, *WORKER, env=self._env(place))]

    @staticmethod
    def _env(place: Place) -> dict[str, str]:
        return {"TARGET": place.target, "HUEY_FILE": str(place.folder / "huey.db")}
