"""From something that happened to the deliveries that tell of it.

An event is kept as the body that is sent. It goes once to each enabled webhook endpoint of its
operator that listens to its type; the two are written in one transaction.
"""

from collections.abc import Mapping, Sequence

from connector.catalogue.describe import describe
from connector.catalogue.paths import put
from connector.catalogue.samples import envelope, sample
from connector.catalogue.schemas import RESOURCES
from connector.catalogue.situations import settle
from connector.sandbox import deliveries
from connector.sandbox.faults import Faults
from connector.sandbox.state import Document, State
from connector.sandbox.webhook_endpoints import KIND as ENDPOINT
from connector.world import new_id, now_ms

KIND = "event"
LOOKED_AT = 200  # newest documents among which one is chosen to happen to


def trigger(
    state: State,
    faults: Faults,
    operator: str,
    event_type: str,
    *,
    changes: Mapping[str, object] | None = None,
    count: int = 1,
) -> tuple[list[str], int]:
    """Let `event_type` happen `count` times; see `emit` for what is returned.

    It happens to something that the operator has, in the event only: the business stays as it is.
    `changes` maps dotted paths such as `invoice.total.amount` to values.
    Raises InvalidContent for an unknown event type and for a path that leads nowhere.
    """
    data = happening(state, operator, event_type, changes or {})
    return emit(state, faults, operator, event_type, [data] * count)


def happening(
    state: State, operator: str, event_type: str, changes: Mapping[str, object]
) -> Document:
    """Return the data of an event: a resource of the operator's as it is after `event_type`.

    The catalogue's example stands in for a resource that the operator has none of, and for a part
    that is empty where `changes` lead into it. Raises what `trigger` does.
    """
    body = sample(event_type, at=now_ms())["event"]
    [(resource, example)] = body["data"].items()
    found = _likest(state.newest(operator, resource, LOOKED_AT), example)
    if found is not None:
        for path in changes:
            [name, key, *_] = [*path.split("."), "", ""]
            if name == resource and key in example and not found[key]:
                found[key] = example[key]
        settle(found, describe(RESOURCES[resource]), event_type, body["created_at"])
        if "updated_at" in found:
            found["updated_at"] = body["created_at"]
    data = {resource: example if found is None else found}
    for path, value in changes.items():
        put(data, path, value)
    return data


def _likest(documents: Sequence[Document], example: Document) -> Document | None:
    """Return the document that has come nearest to the state of `example`, the newest of equals.

    It has the same keys, so a coupon of an amount is none that takes off a percentage; and lists
    that are filled where those of the example are, since an event may tell of what is in them.
    """
    fitting = [
        each
        for each in documents
        if each.keys() == example.keys()
        and all(each[key] for key, value in example.items() if value and isinstance(value, list))
    ]

    def likeness(each: Document) -> tuple[bool, int]:
        filled = sum(bool(each[key]) == bool(value) for key, value in example.items())
        return each.get("status") == example.get("status"), filled

    return max(fitting, key=likeness, default=None)


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
