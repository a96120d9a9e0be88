"""Latency: how long an event is on its way when little goes on, 20 events a second."""

from collections.abc import Mapping
from itertools import islice

from benchmarks.figures import milliseconds
from benchmarks.load import Load
from benchmarks.measures.end_to_end import PATIENCE_S
from benchmarks.receiver import Receiver
from benchmarks.running import Running
from benchmarks.systems.system import System
from benchmarks.workload import events

PER_SECOND = 20
CONNECTIONS = 4


def latency(system: System, seconds: float) -> Mapping[str, float]:
    """Return `p50_ms` and `p99_ms` from the sending of an event to its arrival."""
    with Receiver() as receiver, Running(system, receiver.url) as running:
        running.start()
        warm = list(islice(events(), PER_SECOND))
        Load(running.url, CONNECTIONS).paced(warm, PER_SECOND)
        paced = list(islice(events(), int(PER_SECOND * seconds)))
        sent = Load(running.url, CONNECTIONS).paced(paced, PER_SECOND)
        receiver.wait_for([each.id for each in sent], PATIENCE_S)
        arrivals = receiver.arrivals()
    took = [arrivals[each.id][0] - each.began for each in sent if each.id in arrivals]
    if len(took) < len(paced):
        raise RuntimeError(f"{len(paced) - len(took)} of {len(paced)} did not arrive")
    return {"p50_ms": milliseconds(took, 0.5), "p99_ms": milliseconds(took, 0.99)}
