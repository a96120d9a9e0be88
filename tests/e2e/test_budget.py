"""One budget for each connection, whatever number of processes calls.

The sandbox counts as Stora does, with its clock-aligned windows, but lets 20 calls a second pass,
so that the proof takes half a minute and not eight.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from broker import Stora, serve_stora

from connector.flows.connect import connect_access_token
from connector.flows.parts import open_parts
from connector.settings import PREFIX, Settings

pytestmark = pytest.mark.slow

PROCESSES, CALLS = 8, 500
PER_SECOND, PER_MINUTE = 20, 1_200
CALLER = Path(__file__).with_name("caller.py")


@pytest.fixture
def stora() -> Iterator[Stora]:
    """A Stora that counts."""
    with serve_stora(limits=True, per_second=PER_SECOND, per_minute=PER_MINUTE) as stora:
        yield stora


def test_many_processes_keep_storas_limits(
    make_settings: Callable[..., Settings], stora: Stora
) -> None:
    """Of 500 calls at most one in a hundred is refused, and nine tenths of the rate are used."""
    settings = make_settings(
        stora_api_url=stora.url,
        rate_limits=True,
        stora_per_second=PER_SECOND,
        stora_per_minute=PER_MINUTE,
    )
    parts = open_parts(settings)
    connection_id = connect_access_token(parts, "harbour-token")
    parts.close()
    time.sleep(1.2)  # the calls of connecting are over
    stora.sandbox.gate.log.clear()

    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | {
        f"{PREFIX}DATABASE_URL": settings.database_url,
        f"{PREFIX}SECRET_KEYS": ",".join(settings.secret_keys),
        f"{PREFIX}STORA_API_URL": stora.url,
        f"{PREFIX}STORA_PER_SECOND": str(PER_SECOND),
        f"{PREFIX}STORA_PER_MINUTE": str(PER_MINUTE),
    }
    shares = [CALLS // PROCESSES + (number < CALLS % PROCESSES) for number in range(PROCESSES)]
    callers = [
        subprocess.Popen(
            [sys.executable, str(CALLER), connection_id, str(share)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for share in shares
    ]
    try:
        for caller in callers:
            assert caller.stdout is not None
            assert caller.stdout.readline() == "ready\n"
        began = time.monotonic()
        for caller in callers:
            assert caller.stdin is not None
            caller.stdin.write("go\n")
            caller.stdin.flush()
        for caller in callers:
            assert caller.stdout is not None
            assert caller.stdout.readline() == "done\n"
        took = time.monotonic() - began
    finally:
        for caller in callers:
            caller.kill()
            caller.communicate()

    statuses = Counter(entry["status"] for entry in stora.sandbox.gate.log)
    assert statuses[200] == CALLS
    assert statuses[429] <= CALLS / 100
    assert CALLS / took >= 0.9 * PER_SECOND, f"{CALLS / took:.1f} calls a second"
