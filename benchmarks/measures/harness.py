"""The harness itself: how many POSTs a second the load can bring to the receiver with nothing
between them, and what each costs the sender. Whatever is measured must stay far below.
"""

import time
from collections.abc import Mapping
from itertools import islice

from benchmarks.load import Load
from benchmarks.measures.end_to_end import CONNECTIONS
from benchmarks.receiver import Receiver
from benchmarks.systems.system import System
from benchmarks.workload import events

MOST_PER_SECOND = 80_000


def harness(_system: System, seconds: float) -> Mapping[str, float]:
    """Return `per_s`, and `cpu_us` of the sender for each."""
    supply = list(islice(events(), int(MOST_PER_SECOND * seconds)))
    with Receiver() as receiver:
        load = Load(receiver.url, CONNECTIONS)
        before = time.process_time()
        sent = load.as_fast_as_answered(supply, seconds)
        cpu_s = time.process_time() - before
        assert receiver.count() == len(sent)
    return {"per_s": len(sent) / seconds, "cpu_us": cpu_s / len(sent) * 1e6}
