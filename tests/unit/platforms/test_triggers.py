"""What a trigger gives: the event made flat, described, and shown in samples."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from platforms.node import needs_node

from connector.catalogue.describe import Field
from connector.catalogue.events import EVENTS, EventType
from connector.catalogue.samples import envelope, sample
from connector.platforms.platform import json_file, shared
from connector.platforms.triggers import (
    NAMED,
    flat_table,
    trigger_fields,
    trigger_label,
    trigger_sample,
    unwrap,
)

every_event = pytest.mark.parametrize("event", EVENTS, ids=lambda each: each.type)


@every_event
def test_what_is_given_is_described(event: EventType) -> None:
    """Each key has one description; a sample has no other keys."""
    keys = [field.key for field in trigger_fields(event)]
    assert len(set(keys)) == len(keys)
    found = trigger_sample(event)
    assert set(found) <= set(keys)
    assert list(found)[:3] == ["id", "type", "created_at"]
    assert set(found["flat"]) == {field.key for field in flat(event).children}


def flat(event: EventType) -> Field:
    """Return the description of what is ready to use."""
    return next(field for field in trigger_fields(event) if field.key == "flat")


def test_nothing_of_the_resource_is_lost() -> None:
    """Where event and resource have the same key, the resource's gets its name in front."""
    body = sample("contact.created")
    contact, found = body["event"]["data"]["contact"], unwrap(body)
    assert found["type"] == "contact.created"
    assert found["contact_type"] == contact["type"]
    assert found["contact_id"] == contact["id"]
    assert found["contact_created_at"] == contact["created_at"]
    assert found["email"] == contact["email"]


def test_sums_ids_and_links_are_ready_to_use() -> None:
    """The next step needs no formula for them."""
    found = trigger_sample(next(event for event in NAMED if event.type == "invoice.paid"))
    assert found["flat"]["total"] == "144.00"
    assert found["flat"]["currency"] == "GBP"
    assert found["flat"]["contact_id"] == found["contact"]["id"]


def test_an_event_of_tomorrow_passes() -> None:
    """An unknown type and an unknown resource are given as they are."""
    body = envelope("key.lost", {"key": {"id": "key_1", "type": "brass"}})
    found = unwrap(body)
    assert (found["type"], found["key_id"], found["key_type"]) == ("key.lost", "key_1", "brass")
    assert found["flat"] == {}
    assert unwrap(envelope("key.lost", {}))["flat"] == {}


def test_labels_say_what_is_new() -> None:
    """What was created is new; everything else is called by what happened."""
    labels = {event.type: trigger_label(event) for event in EVENTS}
    assert labels["contact.created"] == "New Contact"
    assert labels["invoice.marked_uncollectible"] == "Invoice Marked Uncollectible"
    assert len(set(labels.values())) == len(labels)


def test_about_a_dozen_triggers_are_named() -> None:
    """Each once; for all others there is the one on any event."""
    assert 10 <= len({event.type for event in NAMED}) == len(NAMED) <= 14


# ---- the same in JavaScript --------------------------------------------------------------------

ODD: list[dict[str, Any]] = [
    envelope("key.lost", {"key": {"id": "key_1", "type": "brass"}}),
    envelope("key.lost", {}),
    envelope("invoice.paid", {"invoice": {}}),
    envelope("invoice.paid", {"invoice": {"id": 5, "total": "none", "contact": None, "site": []}}),
    *(
        envelope("invoice.paid", {"invoice": {"total": {"amount": amount, "currency": currency}}})
        for amount in (0, 5, -5, -12345, 1.5, True, None, 2**53 - 1)
        for currency in ("GBP", "JPY", "BHD", "CLF", "XYZ", None)
    ),
    envelope("contract.signed", {"contract": {"_links": {"sf:show_contract": {"href": "/$&/c"}}}}),
    envelope("contract.signed", {"contract": {"_links": {"sf:show_contract": "/c"}}}),
    envelope("contract.signed", {"contract": {"_links": None}}),
]
ODD[-3]["event"]["meta"] = {"curies": None}


@needs_node
def test_javascript_gives_the_same(tmp_path: Path) -> None:
    """`unwrap.js` agrees with this module on every event type, and on what is odd."""
    (tmp_path / "unwrap.js").write_bytes(shared("unwrap.js"))
    (tmp_path / "flat.json").write_bytes(json_file(flat_table()))
    bodies = [sample(event.type) for event in EVENTS] + ODD
    script = (
        "const { unwrap } = require('./unwrap.js');"
        "const bodies = JSON.parse(require('node:fs').readFileSync(0));"
        "console.log(JSON.stringify(bodies.map(unwrap)));"
    )
    done = subprocess.run(
        ["node", "-e", script],
        cwd=tmp_path,
        input=json.dumps(bodies),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    for body, found in zip(bodies, json.loads(done.stdout), strict=True):
        assert found == unwrap(body)
