"""The questions, by the name under which they are chosen; each answers with figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.measures.api import api
from benchmarks.measures.dispatch import dispatch, dispatch_slow
from benchmarks.measures.end_to_end import end_to_end
from benchmarks.measures.growth import LARGE, growth
from benchmarks.measures.harness import harness
from benchmarks.measures.ingest import ingest, ingest_busy
from benchmarks.measures.latency import latency
from benchmarks.measures.losses import losses_kill, losses_outage
from benchmarks.measures.memory import memory
from benchmarks.measures.start import start
from benchmarks.systems.system import System

OURS = ("unitwire", "unitwire-postgresql")
CEILING = ("unitwire", "prototype")
BOTH = (*CEILING, "prototype-flask", "unitwire-postgresql")
PEERS = ("in-view", "celery", "rq", "huey", "procrastinate", "node-red")
ALIKE = tuple(f"{name}-alike" for name in PEERS if name != "node-red")


@dataclass(frozen=True)
class Measure:
    """One question: how it is answered, how long, and by which systems unless others are named.

    `extent` is handed to `ask`: seconds, unless the measure says otherwise.
    """

    ask: Callable[[System, float], Mapping[str, float]]
    extent: float
    systems: tuple[str, ...]


MEASURES: dict[str, Measure] = {
    "harness": Measure(harness, 1, ("unitwire",)),
    "ingest": Measure(ingest, 4, BOTH),
    "ingest-busy": Measure(ingest_busy, 4, CEILING),
    "end-to-end": Measure(end_to_end, 4, (*BOTH, *PEERS, *ALIKE)),
    "latency": Measure(latency, 10, (*CEILING, "unitwire-postgresql", *PEERS)),
    "dispatch": Measure(dispatch, 4, (*CEILING, "unitwire-postgresql")),
    "dispatch-slow": Measure(dispatch_slow, 6, CEILING),
    "losses-kill": Measure(losses_kill, 8, (*OURS, *PEERS)),
    "losses-outage": Measure(losses_outage, 8, (*OURS, *PEERS)),
    "growth": Measure(growth, LARGE, OURS),
    "api": Measure(api, 2, ("unitwire",)),
    "memory": Measure(memory, 100_000, ("unitwire",)),
    "start": Measure(start, 0, ("unitwire",)),
}
