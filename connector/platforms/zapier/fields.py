"""Fields as Zapier describes them (its PlainInputField and PlainOutputField).

An input field that is an id says `choices_from`, which `lib/fields.js` turns into the function that
fetches the choices. Nested output has one level: `total__amount`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from connector.catalogue.actions.document import search_for
from connector.catalogue.describe import Field
from connector.catalogue.wording import label_of
from connector.platforms.choosing import SITE, Source, site_beside, sources
from connector.platforms.wording import title_case

Row = dict[str, Any]

_INPUT: Final[Mapping[str, str]] = {
    "boolean": "boolean",
    "date_time": "datetime",
    "decimal": "number",
    "integer": "integer",
    "long_text": "text",
    "number": "number",
}
_OUTPUT: Final[Mapping[str, str]] = {
    "boolean": "boolean",
    "date_time": "datetime",
    "integer": "integer",
    "number": "number",
}
MAX_HELP: Final = 1000


def input_fields(form: tuple[Field, ...]) -> list[Row]:
    """Return the fields of a form, with one in front that narrows choices where that helps."""
    beside = site_beside(form)
    whole = (beside, *form) if beside else form
    keys = {field.key for field in whole}
    return [_input(field, keys) for field in whole]


def _input(field: Field, form: Iterable[str]) -> Row:
    row: Row = {"key": field.key, "label": title_case(field.label)}
    if field.children:  # Zapier takes no type and no help for line items
        keys = {child.key for child in field.children}
        children = [_input(child, keys) for child in field.children]
        return row | {"required": field.required, "children": children}
    row |= {"required": field.required, "helpText": field.help} | _kind(field)
    if field.choices:
        row["choices"] = {option.value: option.label for option in field.choices}
    if found := sources(field, tuple(form)):
        row["choices_from"] = [_source(each, several=len(found) > 1) for each in found]
    if found and (finder := search_for(field)):
        row["search"] = f"{finder}.id"
    if field.key in (SITE, "site_id"):
        row["altersDynamicFields"] = True
    return row


def _kind(field: Field) -> Row:
    """Return what Zapier calls the kind of a value."""
    if field.kind == "list":
        return {"list": True}
    if field.kind == "metadata":
        return {"dict": True}
    if field.kind == "object":
        return {"dict": True} if _is_pairs(field.example) else {"type": "json"}
    return {"type": _INPUT.get(field.kind, "string")}


def _is_pairs(example: object) -> bool:
    """Say whether an object is names and texts, which a person can type without knowing JSON."""
    if not isinstance(example, Mapping) or not example:
        return False
    return all(isinstance(value, str) for value in example.values())


def _source(source: Source, *, several: bool) -> Row:
    row: Row = {"kind": label_of(source.resource)} if several else {}
    if source.picklist:
        row["picklist"] = source.picklist
        return row | ({"narrow": dict(source.narrow)} if source.narrow else {})
    return row | {"search": source.search, "list": source.many, "title": list(source.title)}


def output_fields(fields: Iterable[Field]) -> list[Row]:
    """Return the fields of a result."""
    return [row for field in fields for row in _output(field)]


def _output(field: Field) -> Iterator[Row]:
    row: Row = {"key": field.key, "label": title_case(field.label)}
    if field.kind == "list" and field.children:
        children = [flat for child in field.children for flat in _output(child)]
        yield row | {"children": children}
    elif field.kind == "list":
        yield row | {"list": True, "type": _OUTPUT.get(field.item or "", "string")}
    elif field.children:
        for child in field.children:
            key, label = f"{field.key}__{child.key}", f"{row['label']}: {child.label}"
            yield from _output(replace(child, key=key, label=label))
    elif field.kind in ("metadata", "object"):
        yield row | {"dict": True}
    else:
        yield row | {"type": _OUTPUT.get(field.kind, "string")}
