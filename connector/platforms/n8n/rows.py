"""Operations and events as rows of data; `static/nodes` gives them their code.

group    {resource: {name, value}, operations: [operation]}
operation {name, value, action, description, answer, properties}

`value` is the action's key, and `answer` says under which key its result lies: `one` or `many`.
"""

import re
from collections.abc import Iterator
from typing import Final

from connector.catalogue.actions import ACTIONS
from connector.catalogue.actions.row import Action
from connector.catalogue.describe import Field, describe
from connector.catalogue.events import EVENTS
from connector.catalogue.ids import PICKLIST_OF
from connector.catalogue.picklists import PICKLIST
from connector.catalogue.places import PLACES, plural
from connector.catalogue.wording import label_of, words_of
from connector.platforms.choosing import Source, sources
from connector.platforms.n8n.fields import Row, by_name, method_of, properties, said
from connector.platforms.wording import title_case

API: Final = {"name": "Stora API", "value": "stora_api"}
"""The group of what belongs to no resource."""


def groups() -> list[Row]:
    """Return the resources with their operations, both from A to Z."""
    found: dict[str | None, list[Row]] = {}
    for action in ACTIONS:
        found.setdefault(action.resource, []).append(_operation(action))
    listed = (
        {"resource": _resource(resource), "operations": by_name(operations)}
        for resource, operations in found.items()
    )
    return sorted(listed, key=lambda group: group["resource"]["name"])


def _resource(resource: str | None) -> dict[str, str]:
    if resource is None:
        return API
    return {"name": title_case(label_of(resource)), "value": resource}


def _operation(action: Action) -> Row:
    more = "Filters" if action.kind == "search" else "Additional Fields"
    if action.key.startswith("update_"):
        more = "Update Fields"
    return {
        "name": title_case(operation_name(action)),
        "value": action.key,
        "action": _spoken(action),
        "description": said(action.help),
        "answer": _answer(action),
        "properties": properties(describe(action.input), more),
    }


def operation_name(action: Action) -> str:
    """Return an action's name below its resource: `Create contact` becomes `Create`."""
    if action.resource is None:
        return "Call"
    if action.key.startswith("list_"):
        return "Get many"
    names = f"{words_of(plural(action.resource))}|{words_of(action.resource)}"
    return re.sub(rf" ({names})\b(?! of)", "", action.label, count=1)


def _spoken(action: Action) -> str:
    """Return the action as n8n says it in a list of all: `Get many contacts`."""
    if action.key.startswith("list_"):
        return f"Get many {words_of(plural(str(action.resource)))}"
    return action.label


def _answer(action: Action) -> Row:
    if action.resource is None:
        return {}
    place = PLACES[action.resource]
    keys = {field.key for field in action.output}
    if place.many in keys and action.kind == "search":
        return {"many": place.many}
    return {"one": place.one} if place.one in keys else {}


def events() -> list[Row]:
    """Return what a workflow can begin with, from A to Z."""
    return by_name(
        {
            "name": title_case(event.label),
            "value": event.type,
            "description": said(event.help),
        }
        for event in EVENTS
    )


def choices() -> dict[str, list[Row]]:
    """Return by method where the choices of ids come from."""
    found = {
        method_of(field): [_source(each) for each in sources(field)]
        for action in ACTIONS
        for field in _with_children(describe(action.input))
        if sources(field)
    }
    return dict(sorted(found.items()))


def _with_children(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _with_children(field.children)


def _source(source: Source) -> Row:
    row: Row = {"kind": label_of(source.resource)}
    if source.picklist is None:
        return row | {
            "search": source.search,
            "many": source.many,
            "title": list(source.title),
        }
    narrow = [name for name in PICKLIST[source.picklist].depends if name in PICKLIST_OF]
    return row | {"picklist": source.picklist, "narrow": narrow}
