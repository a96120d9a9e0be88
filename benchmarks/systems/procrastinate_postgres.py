"""Procrastinate on PostgreSQL."""

from collections.abc import Sequence

from benchmarks.postgres import Postgres
from benchmarks.systems import flask_peer
from benchmarks.systems.system import Bare, Command, Place

PROCRASTINATE = ("-m", "procrastinate", "--app", "benchmarks.apps.procrastinate_queue.queue")


class Procrastinate(Bare):
    """Rows are its queue, as they are Unitwire's on PostgreSQL."""

    promises = "durable before 2xx, 8 retries; what was under way waits for somebody to look"
    path = flask_peer.PATH

    def __init__(self, server: str) -> None:
        self.name, self.server = "Procrastinate, PostgreSQL", server

    def prepare(self, place: Place) -> None:
        """Start PostgreSQL and make the tables."""
        self._postgres = Postgres(place.folder)
        url = self._postgres.start(place.ground)
        self._env = {"TARGET": place.target, "POSTGRES_URL": url}
        schema = flask_peer.python(*PROCRASTINATE, "schema", "--apply", env=self._env)
        schema.run()

    def web(self, place: Place) -> Sequence[Command]:
        """Return the web server."""
        return [flask_peer.web(self.server, "procrastinate_postgres", place, self._env)]

    def workers(self, place: Place) -> Sequence[Command]:
        """Return one worker with 32 jobs at a time."""
        worker = (*PROCRASTINATE, "worker", "--concurrency", "32")
        return [flask_peer.python(*worker, env=self._env)]

    def put_away(self, place: Place) -> None:
        """End PostgreSQL."""
        self._postgres.stop()
