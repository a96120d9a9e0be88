"""Triggers and actions as rows of data; `static/src/lib` gives them their code.

trigger  {name, displayName, description, event_types?, sampleData}
action   {name, displayName, description, props: {name: prop}}
prop     {kind, displayName, description, required, options?, properties?, choices_from?}

`kind` is the name of the framework's function that makes the property.
"""

from collections.abc import Mapping
from typing import Any, Final

from connector.catalogue.actions import ACTIONS
from connector.catalogue.actions.row import Action
from connector.catalogue.describe import Field, describe
from connector.catalogue.events import EVENT, EventType, event_type_items
from connector.catalogue.wording import label_of
from connector.platforms.choosing import Source, site_beside, sources
from connector.platforms.triggers import NAMED, trigger_label, trigger_sample
from connector.platforms.wording import snake_case, title_case

Row = dict[str, Any]

# Of all events, the one whose sample the trigger on any event shows.
_SHOWN: Final = "invoice.paid"

_KIND: Final[Mapping[str, str]] = {
    "boolean": "Checkbox",
    "choice": "StaticDropdown",
    "date_time": "DateTime",
    "integer": "Number",
    "long_text": "LongText",
    "metadata": "Object",
    "number": "Number",
    "object": "Json",
}


def triggers() -> list[Row]:
    """Return the named triggers, then the one on any event."""
    return [*(_trigger(event) for event in NAMED), _any_event()]


def _trigger(event: EventType) -> Row:
    return {
        "name": snake_case(event.type),
        "displayName": trigger_label(event),
        "description": event.help,
        "event_types": [event.type],
        "props": {},
        "sampleData": trigger_sample(event),
    }


def _any_event() -> Row:
    asked: Row = {
        "kind": "StaticMultiSelectDropdown",
        "displayName": "Events",
        "description": "What the flow begins with: one or several of the events of Stora.",
        "required": True,
        "options": [
            {"label": str(item["label"]), "value": str(item["value"])}
            for item in event_type_items()
        ],
    }
    return {
        "name": "event",
        "displayName": "New Event",
        "description": "Triggers when any of the events that you choose happens.",
        "props": {"event_types": asked},
        "sampleData": trigger_sample(EVENT[_SHOWN]),
    }


def actions() -> list[Row]:
    """Return all actions and searches."""
    return [_action(action) for action in ACTIONS]


def _action(action: Action) -> Row:
    form = describe(action.input)
    beside = site_beside(form)
    whole = (beside, *form) if beside else form
    keys = tuple(field.key for field in whole)
    return {
        "name": action.key,
        "displayName": title_case(action.label),
        "description": action.help,
        "props": {field.key: _prop(field, keys) for field in whole},
    }


def _prop(field: Field, form: tuple[str, ...]) -> Row:
    row: Row = {
        "kind": _KIND.get(field.kind, "ShortText"),
        "displayName": title_case(field.label),
        "description": field.help,
        "required": field.required,
    }
    if field.kind == "list" and field.children:
        # The framework takes no live choices inside of a list.
        properties = {child.key: _prop(child, ()) for child in field.children}
        plain = {key: _without_choices(each) for key, each in properties.items()}
        return row | {"kind": "Array", "properties": plain}
    if field.choices:
        kind = "StaticMultiSelectDropdown" if field.kind == "list" else "StaticDropdown"
        options = [{"label": each.label, "value": each.value} for each in field.choices]
        return row | {"kind": kind, "options": options}
    if found := sources(field, form):
        choices = [_source(each) for each in found]
        return row | {"kind": "Dropdown", "choices_from": choices}
    return row


def _without_choices(prop: Row) -> Row:
    if "choices_from" not in prop:
        return prop
    kept = {key: value for key, value in prop.items() if key != "choices_from"}
    return kept | {"kind": "ShortText"}


def _source(source: Source) -> Row:
    row: Row = {"kind": label_of(source.resource)}
    if source.picklist:
        return row | {"picklist": source.picklist, "narrow": dict(source.narrow)}
    return row | {"search": source.search, "many": source.many, "title": list(source.title)}
