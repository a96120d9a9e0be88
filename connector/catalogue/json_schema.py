"""Descriptions as JSON Schema 2020-12, the dialect of OpenAPI 3.1.

The schemas use only keywords that draft 7 has as well, because AsyncAPI 3 reads those.
They are as open as the fields are: unknown keys and new values of a choice are valid, unless the
choice is closed.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from connector.catalogue.describe import Field
from connector.catalogue.fields import METADATA_KEY, METADATA_KEYS, METADATA_VALUE_LENGTH

JsonSchema = dict[str, Any]

_FORMATS: Final = {"date_time": "date-time", "email": "email", "url": "uri"}
_TYPES: Final[Mapping[str, str | tuple[str, ...]]] = {
    "boolean": "boolean",
    "decimal": ("string", "number"),
    "file": "object",
    "integer": "integer",
    "list": "array",
    "metadata": "object",
    "money": "object",
    "number": "number",
    "object": "object",
    "reference": "object",
}
METADATA: Final[JsonSchema] = {
    "maxProperties": METADATA_KEYS,
    "propertyNames": {"pattern": f"^{METADATA_KEY.pattern}$"},
    "additionalProperties": {"type": "string", "maxLength": METADATA_VALUE_LENGTH},
}


def json_schema(fields: Iterable[Field]) -> JsonSchema:
    """Return the schema of an object with these `fields`."""
    fields = tuple(fields)
    required = [field.key for field in fields if field.required]
    return {
        "type": "object",
        "properties": {field.key: _property(field) for field in fields},
        **({"required": required} if required else {}),
    }


def _property(field: Field) -> JsonSchema:
    schema = {
        "title": field.label,
        "description": field.help,
        **_value(field, field.kind),
        "examples": [field.example],
    }
    if field.nullable:
        kinds = schema["type"]
        schema["type"] = [*([kinds] if isinstance(kinds, str) else kinds), "null"]
        if "anyOf" in schema:
            schema["anyOf"] = [*schema["anyOf"], {"type": "null"}]
    return schema


def _value(field: Field, kind: str) -> JsonSchema:
    """Return what a value of `kind` has to be; `kind` is that of `field` or of its items."""
    kinds = _TYPES.get(kind, "string")
    schema: JsonSchema = {"type": kinds if isinstance(kinds, str) else list(kinds)}
    match kind:
        case "choice" if field.closed:
            schema["enum"] = [option.value for option in field.choices]
        case "choice":
            # An open set: the known values are there to be offered, other texts are valid too.
            known = [option.value for option in field.choices]
            schema["anyOf"] = [{"enum": known}, {"type": "string"}]
        case "list":
            schema["items"] = _value(field, field.item or "text")
        case "metadata":
            schema |= METADATA
        case "object" if not field.children:
            schema["additionalProperties"] = True  # its keys are not known beforehand
        case "file" | "money" | "object" | "reference":
            schema |= json_schema(field.children)
        case _ if kind in _FORMATS:
            schema["format"] = _FORMATS[kind]
    return schema
