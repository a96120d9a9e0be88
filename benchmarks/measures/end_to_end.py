"""End to end: how many events a second go all the way, from the sender to the workflow.

A closed loop sends for some seconds; the clock runs until the last of the acknowledged events has
arrived, so a backlog is not called throughput.
"""

from collections.abc import Mapping
from itertools import islice

from benchmarks.figures import milliseconds
from benchmarks.load import Load
from benchmarks.measures.ingest import MOST_PER_SECOND
from benchmarks.receiver import Receiver
from benchmarks.running import Running
from benchmarks.systems.system import System
from benchmarks.workload import events

CONNECTIONS = 16
WARM_UP = 100
PATIENCE_S = 15.0


def end_to_end(system: System, seconds: float) -> Mapping[str, float]:
    """Return `per_s`, `acked_per_s`, `p50_ms` and `p99_ms` to arrival, and `cpu_us` of an event.

    `missing` are acknowledged events that did not arrive while anything still came.
    """
    with Receiver() as receiver, Running(system, receiver.url) as running:
        running.start()
        warm = Load(running.url, CONNECTIONS).all(list(islice(events(), WARM_UP)))
        receiver.wait_for([each.id for each in warm if each.acknowledged], PATIENCE_S)
        supply = list(islice(events(), int(MOST_PER_SECOND * seconds)))
        before = running.cpu_s()
        sent = Load(running.url, CONNECTIONS).as_fast_as_answered(supply, seconds)
        acknowledged = [each for each in sent if each.acknowledged]
        receiver.wait_for([each.id for each in acknowledged], PATIENCE_S)
        cpu_s = running.cpu_s() - before
        arrivals = receiver.arrivals()
    first = {each.id: arrivals[each.id][0] for each in acknowledged if each.id in arrivals}
    began = min(each.began for each in sent)
    took = [first[each.id] - each.began for each in acknowledged if each.id in first]
    return {
        "per_s": len(first) / (max(first.values()) - began),
        "acked_per_s": len(acknowledged) / (max(each.ended for each in sent) - began),
        "p50_ms": milliseconds(took, 0.5),
        "p99_ms": milliseconds(took, 0.99),
        "cpu_us": cpu_s / len(first) * 1e6,
        "missing": len(acknowledged) - len(first),
    }
