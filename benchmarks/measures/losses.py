"""Losses: what becomes of acknowledged events when something goes wrong in the middle.

800 events are sent, 100 a second, to a workflow that takes 200 ms for each, so some 20 are always
on their way. Then either everything that does the work is killed with SIGKILL and started again
(what it stands on lives on), or the workflow answers 503 for three seconds.
The sender does not repeat what was not acknowledged. An event that comes after 30 seconds in which
nothing came is late; what has not come after 90 more is missing: lost, or stuck.
"""

import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from benchmarks.load import Load
from benchmarks.receiver import Receiver
from benchmarks.running import Running
from benchmarks.systems.system import System
from benchmarks.workload import events

PER_SECOND = 100
CONNECTIONS = 64
ANSWER_S = 0.2
FAULT_AFTER_S = 1.5
OUTAGE_S = 3.0
SILENCE_S, LATE_S = 30.0, 90.0
REPEATS_S = 15.0  # leases of what was under way have ended by then


def losses_kill(system: System, seconds: float) -> Mapping[str, float]:
    """Return `sent`, `acknowledged`, `under_way`, `missing` and `repeated` around a kill -9."""

    def kill(running: Running, receiver: Receiver) -> int:
        under_way = receiver.unanswered()
        running.kill()
        running.start()
        return under_way

    return losses(system, seconds, kill)


def losses_outage(system: System, seconds: float) -> Mapping[str, float]:
    """Return the same for a workflow that is away for a while."""

    def go_away(_running: Running, receiver: Receiver) -> int:
        under_way = receiver.unanswered()
        receiver.answer(503)
        time.sleep(OUTAGE_S)
        receiver.answer(204, ANSWER_S)
        return under_way

    return losses(system, seconds, go_away)


def losses(
    system: System, seconds: float, fault: Callable[[Running, Receiver], int]
) -> Mapping[str, float]:
    """Send while `fault` happens; wait for what still comes; count.

    `fault` returns how many events had arrived and were not answered when it struck.
    """
    with Receiver() as receiver, Running(system, receiver.url) as running:
        running.start()
        receiver.answer(204, ANSWER_S)
        paced = list(islice(events(), int(PER_SECOND * seconds)))
        with ThreadPoolExecutor(1) as pool:
            trouble = pool.submit(happen, fault, running, receiver)
            sent = Load(running.url, CONNECTIONS).paced(paced, PER_SECOND)
            under_way = trouble.result()
        acknowledged = {each.id for each in sent if each.acknowledged}
        receiver.wait_for(acknowledged, SILENCE_S)
        in_time = receiver.arrivals().keys()
        receiver.wait_for(acknowledged, LATE_S)
        time.sleep(REPEATS_S)
        arrivals = receiver.arrivals()
        if acknowledged - arrivals.keys():
            print(running.log(), file=sys.stderr)
    return {
        "sent": len(sent),
        "acknowledged": len(acknowledged),
        "under_way": under_way,
        "late": len((acknowledged & arrivals.keys()) - in_time),
        "missing": len(acknowledged - arrivals.keys()),
        "repeated": sum(len(came) - 1 for came in arrivals.values()),
    }


def happen(fault: Callable[[Running, Receiver], int], running: Running, receiver: Receiver) -> int:
    """Let `fault` happen in the middle; return how many events were under way then."""
    time.sleep(FAULT_AFTER_S)
    return fault(running, receiver)
