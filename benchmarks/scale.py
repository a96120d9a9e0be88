"""More processes, other databases: what two of each do beside one, and what a step up costs.

    .venv/bin/python -m benchmarks.scale --rounds 3 --seconds 4
    .venv/bin/python -m benchmarks.scale --database-url postgresql://…

The first puts two web processes and two dispatchers on one PostgreSQL, beside one of each. Rounds
take turns; for each measure the median is printed as JSON, with the ratio of two to one and the
database connections that the processes held after the load. The second does the same work on an
empty database of your own, such as a cluster, and on SQLite and a PostgreSQL on this machine.
All processes, the load, the receiver and PostgreSQL share this machine's cores: with as few as two
of them, more processes can only show that they do not stand in each other's way.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from statistics import median

import psycopg

from benchmarks.load import Load
from benchmarks.measures.dispatch import dispatch
from benchmarks.measures.end_to_end import CONNECTIONS, end_to_end
from benchmarks.measures.ingest import ingest
from benchmarks.measures.latency import latency
from benchmarks.receiver import Receiver
from benchmarks.running import Running
from benchmarks.systems.system import Command, Place
from benchmarks.systems.unitwire import Unitwire
from benchmarks.workload import events

HELD = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'unitwire'"
MEASURES: Mapping[str, Callable[[Unitwire, float], Mapping[str, float]]] = {
    "ingest": ingest,
    "dispatch": dispatch,
    "end-to-end": end_to_end,
}


class Several(Unitwire):
    """So many web processes on one socket, and as many dispatchers, on PostgreSQL."""

    def __init__(self, count: int) -> None:
        super().__init__(postgres=True)
        self._count = count

    def web(self, place: Place) -> Sequence[Command]:
        """Return the web processes."""
        workers = ("--workers", str(self._count))
        return [self._command("serve", "--web-only", "--port", str(place.port), *workers)]

    def workers(self, place: Place) -> Sequence[Command]:
        """Return the dispatchers."""
        return [self._command("dispatch")] * self._count


def held(system: Several) -> int:
    """Return how many database connections the processes hold after a load."""
    with Receiver() as receiver, Running(system, receiver.url) as running:
        running.start()
        Load(running.url, CONNECTIONS).as_fast_as_answered(list(islice(events(), 20_000)), 2)
        parts = system.parts()
        try:
            return int(parts.store.query(HELD, {})[0][0]) - 1  # but for this one
        finally:
            parts.close()


class Elsewhere(Unitwire):
    """Unitwire on a database that is there, which must be empty and is empty again afterwards."""

    def __init__(self, url: str) -> None:
        super().__init__(postgres=True)
        self._url = url
        self._was_empty = False

    def _database(self, place: Place) -> str:
        with self._connect() as connection:
            if connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone():
                raise SystemExit("The database is not empty. Make a new one.")
        self._was_empty = True
        return self._url

    def put_away(self, place: Place) -> None:
        """Remove all tables, if they are ours."""
        if not self._was_empty:
            return
        with self._connect() as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect("postgresql" + self._url[self._url.index("://") :])


def several(rounds: int, seconds: float) -> dict[str, Mapping[str, float]]:
    """Return the figures of two processes of each kind beside one."""
    rates: dict[str, dict[int, list[float]]] = {name: {1: [], 2: []} for name in MEASURES}
    for _ in range(rounds):
        for name, measure in MEASURES.items():
            for count in (1, 2):
                rates[name][count].append(measure(Several(count), seconds)["per_s"])
    figures: dict[str, Mapping[str, float]] = {}
    for name, found in rates.items():
        one, two = median(found[1]), median(found[2])
        figures[name] = {"one": round(one), "two": round(two), "ratio": round(two / one, 2)}
    return figures | {"connections": {"one": held(Several(1)), "two": held(Several(2))}}


def steps(url: str, rounds: int, seconds: float) -> dict[str, Mapping[str, float]]:
    """Return what SQLite, a PostgreSQL here and the one at `url` make of the same work."""
    systems = {
        "sqlite": lambda: Unitwire(),
        "postgresql": lambda: Unitwire(postgres=True),
        "elsewhere": lambda: Elsewhere(url),
    }
    found: dict[str, list[Mapping[str, float]]] = {name: [] for name in systems}
    for _ in range(rounds):
        for name, make in systems.items():
            quick = latency(make(), seconds)
            found[name].append({**quick, "per_s": end_to_end(make(), seconds)["per_s"]})
    return {
        name: {key: round(median(each[key] for each in runs), 1) for key in runs[0]}
        for name, runs in found.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options and measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=4)
    options.add_argument("--database-url", default="", help="an empty one")
    given = options.parse_args(arguments)
    if given.database_url:
        figures = steps(given.database_url, given.rounds, given.seconds)
    else:
        figures = several(given.rounds, given.seconds)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
