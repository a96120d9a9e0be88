"""Ingest: how many events a second are acknowledged, and how long each waits for it.

Only what takes requests runs. `ingest_busy` sends half of what was just seen to be possible, by
the clock, while another process writes to the same disk and syncs without a pause.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from benchmarks.figures import milliseconds
from benchmarks.load import Load, Sent
from benchmarks.running import Running
from benchmarks.systems.system import System
from benchmarks.workload import events

CONNECTIONS = 32
MOST_PER_SECOND = 10_000
NOWHERE = "http://127.0.0.1:9/hook"
WARM_UP_S = 0.5

BUSY = """
import os, sys
file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
while True:
    os.pwrite(file, os.urandom(1 << 20), 0)
    os.fsync(file)
"""


def ingest(system: System, seconds: float) -> Mapping[str, float]:
    """Return `per_s`, `p50_ms`, `p99_ms` and `cpu_us` of an acknowledgement."""
    with Running(system, NOWHERE) as running:
        running.start_web()
        flood(running, WARM_UP_S)
        before = running.cpu_s()
        sent = flood(running, seconds)
        cpu_s = running.cpu_s() - before
    took = waits(sent)
    return {
        "per_s": len(took) / seconds,
        "p50_ms": milliseconds(took, 0.5),
        "p99_ms": milliseconds(took, 0.99),
        "cpu_us": cpu_s / len(took) * 1e6,
    }


def ingest_busy(system: System, seconds: float) -> Mapping[str, float]:
    """Return `per_s` and `p50_ms`, `p99_ms`, `most_ms` at half load beside a busy disk."""
    with Running(system, NOWHERE) as running:
        running.start_web()
        flood(running, WARM_UP_S)
        rate = len(waits(flood(running, 1.5))) / 1.5 / 2
        with busy_disk(running.place.folder):
            paced = list(islice(events(), int(rate * seconds)))
            took = waits(Load(running.url, CONNECTIONS).paced(paced, rate))
    return {
        "per_s": rate,
        "p50_ms": milliseconds(took, 0.5),
        "p99_ms": milliseconds(took, 0.99),
        "most_ms": max(took) * 1000,
    }


def flood(running: Running, seconds: float) -> list[Sent]:
    """Send as fast as is acknowledged."""
    supply = list(islice(events(), int(MOST_PER_SECOND * seconds)))
    return Load(running.url, CONNECTIONS).as_fast_as_answered(supply, seconds)


def waits(sent: list[Sent]) -> list[float]:
    """Return how long each acknowledgement took, in seconds; raises if one did not come."""
    refused = [each.status for each in sent if not each.acknowledged]
    if refused or not sent:
        raise RuntimeError(f"{len(refused)} of {len(sent)} not acknowledged: {set(refused)}")
    return [each.ended - each.began for each in sent]


@contextmanager
def busy_disk(folder: Path) -> Iterator[None]:
    """Keep the disk busy: 1 MiB and an fsync, without a pause."""
    busy = subprocess.Popen([sys.executable, "-c", BUSY, os.fspath(folder / "busy")])
    try:
        yield
    finally:
        busy.kill()
        busy.wait()
