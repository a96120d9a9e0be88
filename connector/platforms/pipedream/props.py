"""Props as Pipedream describes them, written as JavaScript.

An id takes its definition from the app (`propDefinition`), which fetches its choices.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from connector.catalogue.actions import ACTIONS
from connector.catalogue.describe import Field, describe
from connector.catalogue.wording import label_of
from connector.platforms.choosing import Source, site_beside, sources
from connector.platforms.wording import camel_case, title_case

_TYPE: Final[Mapping[str, str]] = {
    "boolean": "boolean",
    "integer": "integer",
    "list": "string[]",
    "metadata": "object",
    "object": "object",
}


def props_of(form: tuple[Field, ...]) -> str:
    """Return the props of a form as the lines of an object."""
    beside = site_beside(form)
    whole = (beside, *form) if beside else form
    keys = tuple(field.key for field in whole)
    return "".join(f"    {field.key}: {_prop(field, keys)},\n" for field in whole)


def _prop(field: Field, form: tuple[str, ...]) -> str:
    told: dict[str, Any] = {
        "type": _TYPE.get(field.kind, "string"),
        "label": title_case(field.label),
        "description": _described(field),
    }
    if not field.required:
        told["optional"] = True
    if field.choices:
        told["options"] = [{"label": each.label, "value": each.value} for each in field.choices]
    lines = [
        f"      {key}: {json.dumps(value, ensure_ascii=False)},\n" for key, value in told.items()
    ]
    if found := sources(field, form):
        lines[0] = f"      propDefinition: [{', '.join(_definition(found))}],\n"
    return "{\n" + "".join(lines) + "    }"


def _described(field: Field) -> str:
    if field.kind != "list" or not field.children:
        return field.help
    example = json.dumps(field.example[0] if isinstance(field.example, list) else field.example)
    return f"{field.help} Each as JSON, such as `{example}`"


def _definition(found: tuple[Source, ...]) -> list[str]:
    narrow = [
        f"{name}: form.{key}" for source in found for name, key in sorted(source.narrow.items())
    ]
    given = [f"(form) => ({{ {', '.join(narrow)} }})"] if narrow else []
    return ["unitwire", json.dumps(definition_of(found)), *given]


def definition_of(found: tuple[Source, ...]) -> str:
    """Return the name of the definition in the app that fetches choices from these sources."""
    return camel_case("_or_".join(source.resource for source in found))


def choices() -> dict[str, Any]:
    """Return by definition where the choices of ids come from."""
    fields = [field for action in ACTIONS for field in describe(action.input)]
    found = {definition_of(each): each for field in fields if (each := sources(field))}
    return {name: [_source(source) for source in found[name]] for name in sorted(found)}


def _source(source: Source) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": label_of(source.resource)}
    if source.picklist:
        return row | {"picklist": source.picklist}
    return row | {"search": source.search, "many": source.many, "title": list(source.title)}
