"""Triggers, creates, searches and their pairs as rows of data; `static/lib` gives them their code.

trigger   {key, noun, display, event_types, operation}
create    {key, noun, display, result, operation}       result: the resource in the answer
search    {key, noun, display, results, operation}      results: the list in the answer
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connector.catalogue import CURIES
from connector.catalogue.actions import ACTIONS
from connector.catalogue.actions.document import SEARCH_OF
from connector.catalogue.actions.row import Action
from connector.catalogue.describe import Field, describe
from connector.catalogue.events import EventType
from connector.catalogue.flat import flatten
from connector.catalogue.places import PLACES
from connector.catalogue.samples import resource_sample
from connector.catalogue.wording import label_of, with_article, words_of
from connector.platforms.triggers import (
    ENVELOPE,
    FLAT,
    NAMED,
    trigger_fields,
    trigger_label,
    trigger_sample,
)
from connector.platforms.wording import snake_case, title_case
from connector.platforms.zapier.fields import Row, input_fields, output_fields

# What Zapier has a way of its own for.
LEFT_OUT: Final[Mapping[str, str]] = {
    "find_or_create_contact": "Zapier pairs the search with the create itself (searchOrCreates)",
}
_FILE: Final = Field("file", "File", "file", "The PDF.", "https://app.stora.test/ABC-361.pdf")


def triggers() -> list[Row]:
    """Return the named triggers, then the one on any event."""
    return [*(_trigger(event) for event in NAMED), _any_event()]


def _trigger(event: EventType) -> Row:
    return {
        "key": snake_case(event.type),
        "noun": title_case(label_of(event.resource)),
        "display": {"label": trigger_label(event), "description": event.help},
        "event_types": [event.type],
        "operation": {
            "inputFields": [],
            "outputFields": output_fields(trigger_fields(event)),
            "sample": trigger_sample(event),
        },
    }


def _any_event() -> Row:
    asked: Row = {
        "key": "event_types",
        "label": "Events",
        "required": True,
        "list": True,
        "helpText": "What the Zap begins with: one or several of the events that Stora tells of.",
        "choices_from": [{"picklist": "event_types"}],
    }
    return {
        "key": "event",
        "noun": "Event",
        "display": {
            "label": "New Event",
            "description": "Triggers when any of the events that you choose happens.",
        },
        "operation": {
            "inputFields": [asked],
            "outputFields": output_fields(ENVELOPE),
            "sample": {field.key: field.example for field in ENVELOPE},
        },
    }


def creates() -> list[Row]:
    """Return a create for each action."""
    return [_create(each) for each in ACTIONS if each.kind == "action" and each.key not in LEFT_OUT]


def _create(action: Action) -> Row:
    shown = PLACES[action.resource].one if action.resource else ""
    resource = next((field for field in action.output if field.key == shown), None)
    if resource is None:
        fields, sample = action.output, {field.key: field.example for field in action.output}
        return _row(action, fields, sample)
    fields = (*resource.children, *(field for field in action.output if field is not resource))
    return _row(action, fields, _sample(action), result=resource.key)


def searches() -> list[Row]:
    """Return a search for each search."""
    return [_search(each) for each in ACTIONS if each.kind == "search"]


def _search(action: Action) -> Row:
    listed, flat, *_ = action.output
    fields: tuple[Field, ...] = (*listed.children, flat)
    sample = _sample(action)
    if any(field.key == "files" for field in action.output):
        fields, sample = (*fields, _FILE), sample | {_FILE.key: _FILE.example}
    return _row(action, fields, sample, results=listed.key)


def _row(action: Action, fields: Sequence[Field], sample: Row, **result: Any) -> Row:
    noun = label_of(action.resource) if action.resource else "API call"
    return {
        "key": action.key,
        "noun": title_case(noun),
        "display": {"label": title_case(action.label), "description": action.help},
        **result,
        "operation": {
            "inputFields": input_fields(describe(action.input)),
            "outputFields": output_fields(_objects(fields)),
            "sample": sample,
        },
    }


def _objects(fields: Sequence[Field]) -> list[Field]:
    """Return `fields`, with the list of what is ready to use as one object: each item has its own.

    (A search's `flat` is a list, in the order of its results.)
    """
    return [
        Field(FLAT, field.label, "object", field.help, {}, children=field.children)
        if field.key == FLAT
        else field
        for field in fields
    ]


def _sample(action: Action) -> Row:
    resource = str(action.resource)
    shown = resource_sample(resource)
    return {**shown, FLAT: flatten(resource, shown, CURIES)}


def search_or_creates() -> list[Row]:
    """Return a pair for each resource that can be both found and created."""
    return [
        {
            "key": SEARCH_OF[resource],
            "display": {
                "label": title_case(f"Find or create {words_of(resource)}"),
                "description": f"Finds {with_article(resource)}, or creates one if there is none.",
            },
            "search": SEARCH_OF[resource],
            "create": action.key,
        }
        for action in ACTIONS
        if (resource := action.key.partition("create_")[2]) in SEARCH_OF
        and action.key == f"create_{resource}"
    ]
