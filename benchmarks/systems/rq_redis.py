"""RQ on Redis."""

from collections.abc import Sequence

from benchmarks import redis_server
from benchmarks.systems import flask_peer
from benchmarks.systems.system import Bare, Command, Place

WORKERS = 2  # each does one job at a time; more of them do not help two cores
WORKER = [
    "-m",
    "rq.cli",
    "worker",
    "--quiet",
    "--with-scheduler",
    "--worker-class=rq.worker.SimpleWorker",
]


class Rq(Bare):
    """With workers that do not fork for each job, which would be several times slower."""

    promises = "in Redis's memory before 2xx, 8 retries"
    path = flask_peer.PATH

    def __init__(self, server: str) -> None:
        self.name, self.server = "RQ, Redis", server

    def prepare(self, place: Place) -> None:
        """Start Redis."""
        self._env = {"TARGET": place.target, "REDIS_URL": redis_server.start(place)}

    def web(self, place: Place) -> Sequence[Command]:
        """Return the web server."""
        return [flask_peer.web(self.server, "rq_redis", place, self._env)]

    def workers(self, place: Place) -> Sequence[Command]:
        """Return the workers."""
        worker = (*WORKER, "--url", self._env["REDIS_URL"])
        return [flask_peer.python(*worker, env=self._env)] * WORKERS
