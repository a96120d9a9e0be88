"""What tests of subscribing begin with: a body, events that wait, many at once."""

import threading
from collections.abc import Callable
from typing import Any

from broker import BODY, Broker
from stage import rows

from connector import world
from connector.store.ledger import Received
from connector.store.tables import webhook_endpoints


def body(external_id: str = "abc_123", **changes: Any) -> dict[str, Any]:
    """Return the reference page's body for workflow `external_id`, with `changes`."""
    return BODY | {"metadata": {"source": "zapier", "external_id": external_id}} | changes


def living(broker: Broker) -> list[Any]:
    """Return the rows that were not removed."""
    return [row for row in rows(broker.parts, webhook_endpoints) if row.deleted_at is None]


def in_parallel(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work` in `count` threads at once; return what they returned or raised."""
    results: list[Any] = [None] * count
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        try:
            results[number] = work(number)
        except Exception as problem:
            results[number] = problem

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def queue(broker: Broker, endpoint_id: str, event_id: str = "evt_1") -> None:
    """Let an event wait for its delivery."""
    now = world.now_ms()
    broker.parts.ledger.record(
        Received(
            connection_id=broker.connections[0],
            endpoint_id=endpoint_id,
            event_id=event_id,
            event_type="credit_note.created",
            occurred_at=None,
            body=b"{}",
            now=now,
            delivery_id=world.new_ordered_id("dlv"),
            status="pending",
            reason=None,
            due=now,
            give_up_at=now + 1000,
            finished_at=None,
        )
    )
