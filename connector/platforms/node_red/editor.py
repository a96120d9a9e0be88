"""What the edit forms show: `resources/catalogue.json`, which the editor loads.

    {"events": [{group, items: [{value, label, help}]}],
     "actions": [{key, kind, label, help, fields: [{key, label, help, kind, required, example,
                                                    choices?, closed?, sources?, children?}]}]}

The events that most flows begin with come first, in a group of their own.
"""

import json
from collections.abc import Collection
from typing import Any

from connector.catalogue.actions import ACTIONS
from connector.catalogue.actions.row import Action
from connector.catalogue.describe import Field, describe
from connector.catalogue.events import EVENT_GROUPS, EVENTS, EventType
from connector.platforms.choosing import Source, site_beside, sources
from connector.platforms.triggers import NAMED

OFTEN = "Often used"


def catalogue() -> dict[str, Any]:
    """Return what the editor loads."""
    groups = {OFTEN: NAMED} | {
        group: tuple(event for event in EVENTS if event.group == group and event not in NAMED)
        for group in EVENT_GROUPS
    }
    return {
        "events": [
            {"group": group, "items": [_event(event) for event in events]}
            for group, events in groups.items()
            if events
        ],
        "actions": [_action(action) for action in sorted(ACTIONS, key=lambda each: each.label)],
    }


def _event(event: EventType) -> dict[str, str]:
    return {"value": event.type, "label": event.label, "help": event.help}


def _action(action: Action) -> dict[str, Any]:
    form = describe(action.input)
    beside = site_beside(form)
    fields = (beside, *form) if beside else form
    keys = {field.key for field in fields}
    return {
        "key": action.key,
        "kind": action.kind,
        "label": action.label,
        "help": action.help,
        "fields": [_field(field, keys) for field in fields],
    }


def _field(field: Field, form: Collection[str]) -> dict[str, Any]:
    inside = {child.key for child in field.children}
    more = {
        "choices": [{"value": each.value, "label": each.label} for each in field.choices],
        "closed": field.closed,
        "sources": [_source(each) for each in sources(field, form)],
        "children": [_field(child, inside) for child in field.children],
    }
    return {
        "key": field.key,
        "label": field.label,
        "help": field.help,
        "kind": field.kind,
        "required": field.required,
        "example": _as_typed(field.example),
        **{key: value for key, value in more.items() if value},
    }


def _source(source: Source) -> dict[str, Any]:
    if source.picklist:
        narrow = {"narrow": dict(source.narrow)} if source.narrow else {}
        return {"picklist": source.picklist, **narrow}
    return {"search": source.search, "many": source.many, "title": list(source.title)}


def _as_typed(example: object) -> str:
    """Return an example as a person would type it."""
    return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
