"""More processes on one PostgreSQL: what two web processes and two dispatchers do beside one each.

    .venv/bin/python -m benchmarks.scale --rounds 3 --seconds 4

Rounds take turns; for each measure the median is printed as JSON, with the ratio of two to one and
the database connections that the processes held after the load. All processes, the load, the
receiver and PostgreSQL share this machine's cores: with as few as two cores, more processes can
only show that they do not stand in each other's way.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from statistics import median

from benchmarks.load import Load
from benchmarks.measures.dispatch import dispatch
from benchmarks.measures.end_to_end import CONNECTIONS, end_to_end
from benchmarks.measures.ingest import ingest
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options and measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=4)
    given = options.parse_args(arguments)
    rates: dict[str, dict[int, list[float]]] = {name: {1: [], 2: []} for name in MEASURES}
    for _ in range(given.rounds):
        for name, measure in MEASURES.items():
            for count in (1, 2):
                rates[name][count].append(measure(Several(count), given.seconds)["per_s"])
    print(
        json.dumps(
            {
                name: {
                    "one": round(median(found[1])),
                    "two": round(median(found[2])),
                    "ratio": round(median(found[2]) / median(found[1]), 2),
                }
                for name, found in rates.items()
            }
            | {"connections": {"one": held(Several(1)), "two": held(Several(2))}}
        )
    )


if __name__ == "__main__":
    main()
