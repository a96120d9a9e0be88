"""Fields as schemas of Swagger 2.0, with the names and help that a flow's designer shows.

Swagger 2.0 knows no alternatives, so a choice that may have new values is told as text; the known
values are offered all the same, and the designer lets people enter others.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from connector.catalogue.describe import Field, describe
from connector.catalogue.flat import flat_fields
from connector.catalogue.schemas import RESOURCES
from connector.platforms.choosing import Source, sources
from connector.platforms.wording import pascal_case, title_case

Schema = dict[str, Any]

# Which operation lists the choices of a picklist; where in its answer they are.
CHOICES: Final = "ListChoices"
_ITEMS, _VALUE, _LABEL = "items", "value", "label"

_FORMATS: Final = {"date_time": "date-time", "url": "uri"}
_TYPES: Final[Mapping[str, Schema]] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "format": "int64"},
    "number": {"type": "number", "format": "double"},
    "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
}
_OBJECTS: Final = ("file", "money", "object", "reference")


def input_schema(fields: Iterable[Field]) -> Schema:
    """Return the schema of what a person fills in; what is not required stands under "advanced"."""
    fields = tuple(fields)
    keys = {field.key for field in fields}
    required = [field.key for field in fields if field.required]
    return {
        "type": "object",
        "properties": {
            field.key: _told(field, _value(field, field.kind, keys))
            | {"x-ms-visibility": "important" if field.required else "advanced"}
            for field in fields
        },
        **({"required": required} if required else {}),
    }


def output_schema(fields: Iterable[Field]) -> Schema:
    """Return the schema of what a step gives; a resource points into `definitions`."""
    return {"type": "object", "properties": {field.key: _output(field) for field in fields}}


def definitions() -> dict[str, Schema]:
    """Return the schema of each resource, and of its flat fields: `Invoice`, `InvoiceReady`."""
    return {name: output_schema(fields) for name, fields in _DEFINED.items()}


def reference_to(resource: str) -> Schema:
    """Return what points to the schema of a resource."""
    return {"$ref": f"#/definitions/{pascal_case(resource)}"}


_DEFINED: Final[Mapping[str, tuple[Field, ...]]] = {
    name: fields
    for resource in sorted(RESOURCES)
    for name, fields in (
        (pascal_case(resource), describe(RESOURCES[resource])),
        (f"{pascal_case(resource)}Ready", flat_fields(resource)),
    )
}


def _output(field: Field) -> Schema:
    name = next((name for name, fields in _DEFINED.items() if fields == field.children), None)
    if name is None or not field.children:
        shown = _told(field, _value(field, field.kind, ()))
        return shown | ({"x-nullable": True} if field.nullable else {})
    pointer = {"$ref": f"#/definitions/{name}"}
    return _told(field, {"type": "array", "items": pointer}) if field.kind == "list" else pointer


def _told(field: Field, schema: Schema) -> Schema:
    return {**schema, "x-ms-summary": title_case(field.label), "description": field.help}


def _value(field: Field, kind: str, beside: Collection[str]) -> Schema:
    """Return the schema of a value of `kind`, that of `field` or of its items."""
    if kind == "list":
        return {"type": "array", "items": _value(field, field.item or "text", beside)}
    if kind in _OBJECTS:
        if not field.children:
            return {"type": "object"}
        form = input_schema if beside else output_schema
        shown = form(field.children)
        if kind == "file":
            shown["properties"]["content"]["format"] = "byte"  # so that a flow takes it as a file
        return shown
    if kind in _TYPES:
        return dict(_TYPES[kind])
    schema: Schema = {"type": "string"}
    if kind in _FORMATS:
        schema["format"] = _FORMATS[kind]
    if field.choices:
        schema["enum"] = [option.value for option in field.choices]
        schema["x-ms-enum-values"] = [
            {"value": option.value, "displayName": option.label} for option in field.choices
        ]
    for source in sources(field, beside) if beside else ():
        if source.picklist and source.picklist == field.picklist:
            schema |= dropdown(source)
    return schema


def dropdown(source: Source) -> Schema:
    """Return what fills a field from a picklist, in the new and in the old way of saying it."""
    return {
        "x-ms-dynamic-list": {
            "operationId": CHOICES,
            "parameters": {
                "name": {"value": source.picklist},
                **{
                    filter: {"parameterReference": f"body/{key}"}
                    for filter, key in source.narrow.items()
                },
            },
            "itemsPath": _ITEMS,
            "itemValuePath": _VALUE,
            "itemTitlePath": _LABEL,
        },
        "x-ms-dynamic-values": {
            "operationId": CHOICES,
            "parameters": {
                "name": source.picklist,
                **{filter: {"parameter": key} for filter, key in source.narrow.items()},
            },
            "value-collection": _ITEMS,
            "value-path": _VALUE,
            "value-title": _LABEL,
        },
    }
