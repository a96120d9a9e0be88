"""The questions, by the name under which they are chosen; each answers with figures."""

from collections.abc import Callable, Mapping

from benchmarks.measures.dispatch import dispatch, dispatch_slow
from benchmarks.measures.end_to_end import end_to_end
from benchmarks.measures.ingest import ingest, ingest_busy
from benchmarks.measures.latency import latency
from benchmarks.systems.system import System

Figures = Mapping[str, float]
Measure = Callable[[System, float], Figures]  # the number is of seconds, or a share of them

MEASURES: dict[str, Measure] = {
    "ingest": ingest,
    "ingest-busy": ingest_busy,
    "end-to-end": end_to_end,
    "latency": latency,
    "dispatch": dispatch,
    "dispatch-slow": dispatch_slow,
}
