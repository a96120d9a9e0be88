"""Whatever is killed when: nothing that was acknowledged is lost.

Two independent witnesses: the sandbox's own log of the deliveries that Unitwire answered with 2xx,
and the receiver's own file of what reached it.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from connector.stora.signature import verify

pytestmark = pytest.mark.slow

EVENTS = 200
IN_THE_MIDDLE = 25  # received when the victim is killed
AWAY_S = 0.3
SETTLED_S = 45.0


@pytest.mark.parametrize("victim", ["web", "dispatcher", "sandbox", "receiver"])
def test_nothing_acknowledged_is_lost(
    town: Any, victim: str, until: Callable[[Callable[[], Any], float], Any]
) -> None:
    """Each of 200 events reaches the workflow, under its own id, though one process is killed."""
    sent = town.trigger(EVENTS)
    until(lambda: len(town.received()) >= IN_THE_MIDDLE, 20)
    town.processes[victim].kill()
    assert len(town.received()) < EVENTS, "killed too late to prove anything"
    time.sleep(AWAY_S)
    town.processes[victim].start()

    until(lambda: len(town.acknowledged()) == EVENTS, SETTLED_S)
    until(lambda: len(ids(town.received())) == EVENTS, SETTLED_S)

    acknowledged = [each["event_id"] for each in town.acknowledged()]
    assert sorted(acknowledged) == sorted(sent)
    received = town.received()
    assert ids(received) == set(sent)
    bodies = defaultdict(set)
    for each in received:
        bodies[json.loads(each["body"])["event"]["id"]].add(each["body"])
        assert each["headers"]["webhook-id"] == json.loads(each["body"])["event"]["id"]
        seconds = int(each["headers"]["webhook-timestamp"])
        signature = each["headers"]["x-stora-signature"]
        assert verify(signature, each["body"].encode(), [town.secret], seconds).ok
    assert all(len(different) == 1 for different in bodies.values()), "a repeat differs"
    until(lambda: count(town, "delivered") == EVENTS, SETTLED_S)
    assert count(town, "pending,dead,skipped") == 0


def ids(received: list[dict[str, Any]]) -> set[str]:
    """Return the ids under which webhooks were received."""
    return {each["headers"]["webhook-id"] for each in received}


def count(town: Any, statuses: str) -> int:
    """Return how many deliveries Unitwire's log has in these statuses."""
    log = town.ask("GET", f"{town.url}/2025-09/deliveries?limit=1&status={statuses}")
    return int(log["meta"]["pagination"]["count"])
