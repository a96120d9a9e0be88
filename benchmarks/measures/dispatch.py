"""One dispatcher with a backlog: how many POSTs a second, and what each costs.

The receiver runs on the same cores, so beside the rate stands the CPU time that the dispatcher
itself spends on a POST: claim, signatures, POST, outcome and all.
"""

import time
from collections.abc import Mapping

from benchmarks.receiver import Receiver
from benchmarks.running import Running
from benchmarks.systems.system import Missing, Preloadable, System

PER_SECOND = 4_000  # events made ready for each second of measuring
SLOW_S = 0.2
SLOW_PER_SECOND = 1_000
PATIENCE_S = 5.0


def dispatch(system: System, seconds: float) -> Mapping[str, float]:
    """Return `per_s` and `cpu_us` of a POST to a receiver that answers at once."""
    return work_off(system, int(PER_SECOND * seconds), 0.0)


def dispatch_slow(system: System, seconds: float) -> Mapping[str, float]:
    """Return the same for a receiver that takes 200 ms."""
    return work_off(system, int(SLOW_PER_SECOND * seconds), SLOW_S)


def work_off(system: System, count: int, after_s: float) -> Mapping[str, float]:
    """Let one dispatcher work off `count` events; the clock runs from the first arrival."""
    if not isinstance(system, Preloadable):
        raise Missing(f"{system.name} cannot be given a backlog")
    with Receiver() as receiver, Running(system, receiver.url) as running:
        receiver.answer(204, after_s)
        ids = system.preload(running.place, count)
        running.start_workers()
        while not receiver.count():
            time.sleep(0.001)
        before = running.cpu_s()
        begin, already = time.monotonic(), receiver.count()
        receiver.wait_for(ids, PATIENCE_S)
        cpu_s = running.cpu_s() - before
        arrivals = receiver.arrivals()
    if len(arrivals) < count:
        raise RuntimeError(f"{count - len(arrivals)} of {count} did not arrive")
    end = max(came[0] for came in arrivals.values())
    return {"per_s": (count - already) / (end - begin), "cpu_us": cpu_s / (count - already) * 1e6}
