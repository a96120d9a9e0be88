"""From something that happened to the deliveries that tell of it.

An event is kept as the body that is sent. It goes once to each enabled webhook endpoint of its
operator that listens to its type; the two are written in one transaction.
"""

from collections.abc import Mapping, Sequence

from connector.catalogue.samples import envelope, sample
from connector.sandbox import deliveries
from connector.sandbox.faults import Faults
from connector.sandbox.state import Document, State
from connector.sandbox.webhook_endpoints import KIND as ENDPOINT
from connector.world import new_id, now_ms

KIND = "event"


def trigger(
    state: State,
    faults: Faults,
    operator: str,
    event_type: str,
    *,
    changes: Mapping[str, object] | None = None,
    count: int = 1,
) -> tuple[list[str], int]:
    """Let `event_type` happen `count` times on believable data; see `emit` for what is returned.

    `changes` maps dotted paths such as `invoice.total.amount` to values.
    Raises InvalidContent for an unknown event type and for a path that leads nowhere.
    """
    body = sample(event_type, at=now_ms(), overrides=changes)
    return emit(state, faults, operator, event_type, [body["event"]["data"]] * count)


def emit(
    state: State,
    faults: Faults,
    operator: str,
    event_type: str,
    happened: Sequence[Document],
) -> tuple[list[str], int]:
    """Queue one event for each of `happened`, which are `{<resource>: {…}}`.

    Returns the ids of the events and how many deliveries were queued.
    """
    now = now_ms()
    ids = [new_id("evt") for _ in happened]
    with state.transaction():
        listeners = [
            endpoint["id"]
            for endpoint in state.all(operator, ENDPOINT)
            if endpoint["status"] == "enabled" and event_type in endpoint["event_types"]
        ]
        for id, data in zip(ids, happened, strict=True):
            body = envelope(event_type, data, at=now, event_id=id)
            state.put(operator, KIND, id, body)
        deliveries.queue(state, faults, operator, ids, listeners, now)
    return ids, len(ids) * len(listeners)
