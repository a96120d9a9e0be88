"""Laws of the event types: they loop over the table, so that a new row needs no test of its own.

Law 9: every event type has a schema, a label and a sample that loads and round-trips.
"""

import json
import re
from copy import deepcopy
from pathlib import Path

import pytest

from connector.catalogue.describe import describe
from connector.catalogue.events import EVENT, EVENT_GROUPS, EVENT_TYPES, EVENTS
from connector.catalogue.samples import sample
from connector.catalogue.schemas import RESOURCES

DATA = Path(__file__).parents[1] / "data"
SEED = json.loads((DATA / "stora-create-webhook-endpoint.json").read_text())

every_event = pytest.mark.parametrize("event_type", EVENT_TYPES)


def same(one: object, other: object) -> bool:
    """Say whether the two are the same JSON, to the order of the keys and the types of numbers."""
    return json.dumps(one) == json.dumps(other)


def test_the_event_types_are_those_of_the_reference_page() -> None:
    """The 50 event types are Stora's, in Stora's order."""
    assert len(EVENT_TYPES) == 50
    assert list(EVENT_TYPES) == SEED["event_types"]


@every_event
def test_an_event_type_is_told_in_words(event_type: str) -> None:
    """Each event type has a label, a sentence to go with it, a group and a schema."""
    event = EVENT[event_type]
    assert re.fullmatch(r"[A-Z][a-z ]+", event.label)
    assert re.fullmatch(r"Triggers when an? [a-z ]+\.", event.help)
    assert event.resource in EVENT_GROUPS[event.group]
    assert event.schema is RESOURCES[event.resource]


def test_labels_are_different() -> None:
    """Two event types can be told apart by their labels and by their sentences."""
    assert len({event.label for event in EVENTS}) == len({event.help for event in EVENTS}) == 50


def test_each_resource_of_an_event_is_in_one_group() -> None:
    """The groups hold the 15 resources of the events, each once, and nothing else."""
    grouped = [resource for group in EVENT_GROUPS.values() for resource in group]
    assert sorted(grouped) == sorted({event.resource for event in EVENTS})
    assert len(grouped) == 15


@every_event
def test_a_sample_loads_and_round_trips(event_type: str) -> None:
    """What is read from a sample and written again is the same, to the order of its keys."""
    event = EVENT[event_type]
    data = sample(event_type)["event"]["data"]
    assert list(data) == [event.resource]
    schema = event.schema()
    loaded = schema.load(data[event.resource])
    assert same(loaded, data[event.resource])
    assert same(schema.dump(loaded), data[event.resource])


@every_event
def test_a_sample_says_what_happened(event_type: str) -> None:
    """A sample was updated at the moment of the event, and has the status that the event names."""
    resource, happening = event_type.split(".")
    event = sample(event_type, at="2026-05-04T03:02:01Z")["event"]
    shown = event["data"][resource]
    assert shown.get("updated_at", event["created_at"]) == "2026-05-04T03:02:01Z"
    assert (shown["created_at"] == event["created_at"]) == (happening == "created")
    statuses = {
        option.value
        for field in describe(EVENT[event_type].schema)
        if field.key == "status"
        for option in field.choices
    }
    if happening in statuses:
        assert shown["status"] == happening


def test_samples_do_not_share_state() -> None:
    """Changing a sample changes no other: each is a copy."""
    before = deepcopy(sample("invoice.paid"))
    changed = sample("invoice.paid")
    changed["event"]["meta"]["curies"][0]["name"] = "x"
    changed["event"]["data"]["invoice"]["line_items"][0]["price"]["amount"] = 1
    changed["event"]["data"]["invoice"]["amount_due"]["amount"] = 1
    changed["event"]["data"]["invoice"]["amount_paid"]["amount"] = 1
    assert changed["event"]["data"]["invoice"]["total"]["amount"] != 1
    assert sample("invoice.paid") == before
