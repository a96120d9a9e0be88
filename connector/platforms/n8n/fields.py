"""Fields as n8n describes them (its INodeProperties).

What is required stands in the form; all else is in a collection from which people add what they
need. An id is a resource locator: chosen from a list with search and pages, or written.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from connector.catalogue.describe import Field
from connector.platforms.choosing import site_beside, sources
from connector.platforms.wording import title_case

Row = dict[str, Any]

MORE: Final = "more"
"""The name of the collection."""

_LIMIT: Final[Row] = {
    "displayName": "Limit",
    "name": "limit",
    "type": "number",
    "typeOptions": {"minValue": 1},
    "default": 50,
    "description": "Max number of results to return",
}


def properties(form: tuple[Field, ...], more: str) -> list[Row]:
    """Return a form; `more` is the title of what need not be filled in."""
    beside = site_beside(form)
    whole = (*form, beside) if beside else form
    shown = [_property(field) for field in whole if field.required]
    if any(field.key == "limit" for field in whole):
        shown.append(_LIMIT)
    optional = [field for field in whole if not field.required and field.key != "limit"]
    if optional:
        shown.append(
            {
                "displayName": more,
                "name": MORE,
                "type": "collection",
                "placeholder": "Add Filter" if more == "Filters" else "Add Field",
                "default": {},
                "options": by_name(map(_property, optional), "displayName"),
            }
        )
    return shown


def by_name(rows: Iterable[Row], key: str = "name") -> list[Row]:
    """Return rows as n8n wants them offered: from A to Z."""
    return sorted(rows, key=lambda row: str(row[key]).lower())


def said(help: str) -> str:
    """Return a text as n8n wants it: an ID is large, and one sentence alone has no full stop."""
    text = re.sub(r"\bid(s?)\b", r"ID\1", help)
    return text.removesuffix(".") if ". " not in text else text


def _property(field: Field) -> Row:
    title, help = title_case(field.label), said(field.help)
    says_more = help.removeprefix("The ").casefold() != title.casefold()
    return {
        "displayName": title,
        "name": field.key,
        **_value(field),
        **({"required": True} if field.required else {}),
        **({"description": help} if says_more else {}),
    }


def _value(field: Field) -> Row:
    """Return how a value is asked for: its type, its default, its choices."""
    if sources(field):
        return _locator(field)
    match field.kind:
        case "choice":
            options = _options(field)
            return {"type": "options", "options": options, "default": options[0]["value"]}
        case "list" if field.children:
            return _lines(field)
        case "list":
            return {"type": "multiOptions", "options": _options(field), "default": []}
        case "metadata":
            return _pairs()
        case "object":
            return _pairs() if is_pairs(field.example) else {"type": "json", "default": "{}"}
        case "boolean":
            return {"type": "boolean", "default": False}
        case "integer" | "number":
            return {"type": "number", "default": field.example}
        case "date_time":
            return {"type": "dateTime", "default": ""}
        case "long_text":
            return {"type": "string", "typeOptions": {"rows": 4}, "default": ""}
        case "email":
            return {"type": "string", "placeholder": "name@email.com", "default": ""}
        case _:
            return {"type": "string", "placeholder": f"e.g. {field.example}", "default": ""}


def is_pairs(example: object) -> bool:
    """Say whether an object is names and texts, which a person can type without knowing JSON."""
    if not isinstance(example, Mapping) or not example:
        return False
    return all(isinstance(value, str) for value in example.values())


def _options(field: Field) -> list[Row]:
    return by_name({"name": title_case(each.label), "value": each.value} for each in field.choices)


def method_of(field: Field) -> str:
    """Return the name of the method that looks for the choices of an id."""
    return "_or_".join(source.resource for source in sources(field))


def _locator(field: Field) -> Row:
    return {
        "type": "resourceLocator",
        "default": {"mode": "list", "value": ""},
        "modes": [
            {
                "displayName": "From List",
                "name": "list",
                "type": "list",
                "typeOptions": {"searchListMethod": method_of(field), "searchable": True},
            },
            {
                "displayName": "By ID",
                "name": "id",
                "type": "string",
                "placeholder": f"e.g. {field.example}",
            },
        ],
    }


def _lines(field: Field) -> Row:
    return {
        "type": "fixedCollection",
        "typeOptions": {"multipleValues": True},
        "placeholder": "Add Item",
        "default": {},
        "options": [
            {
                "displayName": "Items",
                "name": "items",
                "values": by_name(map(_property, field.children), "displayName"),
            }
        ],
    }


def _pairs() -> Row:
    part = {"type": "string", "default": ""}
    return {
        "type": "fixedCollection",
        "typeOptions": {"multipleValues": True},
        "placeholder": "Add Entry",
        "default": {},
        "options": [
            {
                "displayName": "Entries",
                "name": "entries",
                "values": [
                    {"displayName": "Key", "name": "key", **part},
                    {"displayName": "Value", "name": "value", **part},
                ],
            }
        ],
    }
