"""Celery on Redis."""

from collections.abc import Sequence

from benchmarks import redis_server
from benchmarks.systems import flask_peer
from benchmarks.systems.system import Bare, Command, Place

WORKER = ["worker", "--pool=threads", "--concurrency=32", "--loglevel=ERROR"]


class Celery(Bare):
    """As its manual says for jobs that must not be lost: acknowledged late."""

    promises = "in Redis's memory before 2xx, 8 retries"
    path = flask_peer.PATH

    def __init__(self, server: str) -> None:
        self.name, self.server = "Celery, Redis, acks late", server

    def prepare(self, place: Place) -> None:
        """Start Redis."""
        self._env = {"TARGET": place.target, "REDIS_URL": redis_server.start(place)}

    def web(self, place: Place) -> Sequence[Command]:
        """Return the web server."""
        return [flask_peer.web(self.server, "celery_redis", place, self._env)]

    def workers(self, place: Place) -> Sequence[Command]:
        """Return one worker with 32 threads."""
        app = ["-m", "celery", "-A", "benchmarks.apps.celery_redis:queue"]
        return [flask_peer.python(*app, *WORKER, env=self._env)]
