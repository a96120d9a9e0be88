"""What the figures must reach.

Each target reads the medians of a run; one whose figures were not measured is left out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

Medians = Mapping[str, Mapping[str, Mapping[str, float]]]  # measure, system, figure
Read = Callable[[Medians], float]


@dataclass(frozen=True)
class Target:
    """One promise: `figure` is read from the medians, and must be at least, or at most, `goal`."""

    says: str
    figure: Read
    goal: float
    at_most: bool = False

    def is_met(self, figure: float) -> bool:
        """Whether `figure` is good enough."""
        return figure <= self.goal if self.at_most else figure >= self.goal


def of(measure: str, figure: str, system: str = "unitwire") -> Read:
    """Return how to read one figure."""
    return lambda medians: medians[measure][system][figure]


def beside(measure: str, figure: str, other: str) -> Read:
    """Return how to read Unitwire's figure as a multiple of another system's."""
    return lambda medians: medians[measure]["unitwire"][figure] / medians[measure][other][figure]


def near(prototype: str, says: str) -> Iterator[Target]:
    """Yield how near Unitwire comes to what its engines can do."""
    yield Target(f"ingest, share of {says}", beside("ingest", "per_s", prototype), 0.85)
    yield Target(
        f"ingest p99, times that of {says}", beside("ingest", "p99_ms", prototype), 2, True
    )
    yield Target(f"end to end, share of {says}", beside("end-to-end", "per_s", prototype), 0.75)


def against_peers() -> Iterator[Target]:
    """Yield how many times faster than each peer, on its usual server and (-alike) on ours."""
    for peer, times in TIMES.items():
        yield Target(f"end to end, times {peer}", beside("end-to-end", "per_s", peer), times)


def nothing_lost(system: str) -> Iterator[Target]:
    """Yield what a kill and an outage may do: lose nothing, repeat what was under way."""
    for measure in ("losses-kill", "losses-outage"):
        missing, repeated, under_way = (
            of(measure, figure, system) for figure in ("missing", "repeated", "under_way")
        )
        yield Target(f"{measure}, missing: {system}", missing, 0.0, True)
        more = partial(difference, repeated, under_way)
        yield Target(f"{measure}, repeated beyond what was under way: {system}", more, 5.0, True)


def difference(one: Read, other: Read, medians: Medians) -> float:
    """Return by how much one figure is above another, not below 0."""
    return max(0.0, one(medians) - other(medians))


def flat(system: str) -> Iterator[Target]:
    """Yield what a million rows may cost."""
    for name in ("ingest", "claim", "page"):
        says = f"growth to 1,000,000 rows, {name}, share left: {system}"
        yield Target(says, of("growth", f"{name}_ratio", system), 0.8)


TIMES = {
    "in-view": 2.5,
    "celery": 4.0,
    "celery-alike": 2.0,
    "huey": 4.0,
    "huey-alike": 2.0,
    "procrastinate": 5.0,
    "procrastinate-alike": 2.5,
    "rq": 6.0,
    "rq-alike": 3.0,
    "node-red": 1.5,
    "n8n": 20.0,
}
OURS = ("unitwire", "unitwire-postgresql")

CEILINGS = {"prototype": "the ceiling", "prototype-flask": "the prototype with Flask"}

TARGETS = (
    *(target for name, says in CEILINGS.items() for target in near(name, says)),
    Target("acknowledged on a busy disk, p99 ms", of("ingest-busy", "p99_ms"), 100.0, True),
    *against_peers(),
    Target("latency at 20/s, p50 ms", of("latency", "p50_ms"), 5.0, True),
    Target("latency at 20/s, p99 ms", of("latency", "p99_ms"), 20.0, True),
    Target("one dispatcher, POST/s", of("dispatch", "per_s"), 5_000.0),
    Target("one dispatcher, CPU µs for a POST", of("dispatch", "cpu_us"), 100.0, True),
    Target("one dispatcher, POST/s to 200 ms", of("dispatch-slow", "per_s"), 900.0),
    *(target for system in OURS for target in nothing_lost(system)),
    *(target for system in OURS for target in flat(system)),
    Target("API, share of a raw SQL view", of("api", "ratio"), 0.8),
    Target("serve at rest, MiB", of("memory", "rest_mib"), 150.0, True),
    Target("serve, MiB that 80,000 events add", of("memory", "grown_mib"), 10.0, True),
    Target("start to ready, s", of("start", "ready_s"), 2.0, True),
    Target("import connector, s", of("start", "import_s"), 0.5, True),
)
