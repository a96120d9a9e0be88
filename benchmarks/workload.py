"""The events that every system is given: bodies of 1.6 KB, each with an id of its own, signed."""

import hmac
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from connector.catalogue.samples import sample

EVENT_TYPE = "order.created"
SECRET = "b7" * 32  # what Stora signs with: the key is this text
MARK = b'"evt_'  # what an event's id begins with, however a system lays out its JSON


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its id, its body, and the value of X-Stora-Signature."""

    id: str
    body: bytes
    signature: str


def events() -> Iterator[Event]:
    """Yield events without end, signed at this moment."""
    run = uuid.uuid4().hex[:12]
    before, _, after = json.dumps(sample(EVENT_TYPE, event_id="evt_X")).encode().partition(b"evt_X")
    number = 0
    while True:
        event_id = f"evt_{run}{number:08d}"
        body = before + event_id.encode() + after
        at = b"%d" % time.time()
        digest = hmac.digest(SECRET.encode(), at + b"." + body, sha256).hex()
        yield Event(event_id, body, f"t={at.decode()},v1={digest}")
        number += 1


def id_in(request: bytes) -> str:
    """Return the id of the event that a request carries, "" if none."""
    begin = request.find(MARK) + 1
    return request[begin : request.index(b'"', begin)].decode() if begin else ""
