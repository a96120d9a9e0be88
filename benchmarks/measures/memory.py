"""Memory: what `unitwire serve` holds at rest, and after many events have passed through it.

Pages that its two processes share count once (PSS); beside it stands the sum of what each has in
memory, shared or not (RSS).
"""

import time
from collections.abc import Mapping
from itertools import islice

from benchmarks.load import Load
from benchmarks.measures.end_to_end import PATIENCE_S
from benchmarks.ports import wait_for
from benchmarks.receiver import Receiver
from benchmarks.running import Running
from benchmarks.systems.system import Missing, System
from benchmarks.systems.unitwire import Unitwire
from benchmarks.workload import events

CONNECTIONS = 16
PORTION = 10_000
REST_S = 3.0
MIB = 1024 * 1024


def memory(system: System, count: float) -> Mapping[str, float]:
    """Return MiB at rest, after a fifth of `count` events and after all of them.

    `grown_mib` is what the last four fifths added.
    """
    if not isinstance(system, Unitwire):
        raise Missing("only Unitwire has one command that is everything")
    with Receiver() as receiver, Running(system, receiver.url) as running:
        command = system.serve(running.place)
        running.web.start(command.argv, command.env, command.cwd)
        wait_for(running.place.port, running.web)
        time.sleep(REST_S)
        rest, resident = running.web.memory(), running.web.resident()
        early = 0
        stream = events()
        for sent in range(PORTION, int(count) + 1, PORTION):
            portion = list(islice(stream, PORTION))
            Load(running.url, CONNECTIONS).all(portion)
            receiver.wait_for([event.id for event in portion], PATIENCE_S)
            if sent <= count / 5:
                early = running.web.memory()
        late = running.web.memory()
        arrived = receiver.count()
    if arrived < count:
        raise RuntimeError(f"{count - arrived} of {count} did not arrive")
    return {
        "rest_mib": rest / MIB,
        "rest_rss_mib": resident / MIB,
        "early_mib": early / MIB,
        "late_mib": late / MIB,
        "grown_mib": (late - early) / MIB,
    }
