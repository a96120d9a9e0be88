"""Fields as Make describes them: the parameters of a form, and the interface of what comes out."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from connector.catalogue.describe import Field
from connector.platforms.wording import camel_case

Parameter = dict[str, Any]

_TYPES: Final[Mapping[str, Parameter]] = {
    "boolean": {"type": "boolean"},
    "date_time": {"type": "date"},
    "email": {"type": "email"},
    "integer": {"type": "integer"},
    "long_text": {"type": "text", "multiline": True},
    "number": {"type": "number"},
    "url": {"type": "url"},
}
_OBJECTS: Final = ("file", "money", "object", "reference")
_PAIR: Final = (
    {"name": "key", "type": "text", "label": "Key", "required": True},
    {"name": "value", "type": "text", "label": "Value"},
)


def parameters(fields: Iterable[Field], *, itself: str = "") -> list[Parameter]:
    """Return the parameters of a form; the id under the key `itself` can be typed as well."""
    return [_parameter(field, itself) for field in fields]


def interface(fields: Iterable[Field]) -> list[Parameter]:
    """Return the description of what a module gives."""
    return [
        {"name": field.key, **_given(field, field.kind), "label": field.label} for field in fields
    ]


def is_pairs(field: Field) -> bool:
    """Return whether a person fills in a field as keys and values."""
    return field.kind == "metadata" or (field.kind == "object" and bool(field.example))


def rpc_of(picklist: str) -> str:
    """Return the name of the remote procedure that lists a picklist."""
    return camel_case(f"list_{picklist}")


def _parameter(field: Field, itself: str) -> Parameter:
    told = {
        "name": field.key,
        **_asked(field, field.kind),
        "label": field.label,
        "help": field.help,
        "required": field.required,
    }
    if field.key == itself and field.picklist:
        told["mode"] = "edit"
    return told


def _asked(field: Field, kind: str) -> Parameter:
    """Return the type of what a person gives, with the choices that there are."""
    if kind == "list" and field.item == "choice":
        return {"type": "select", "multiple": True, "options": _options(field)}
    if kind == "list":
        return {"type": "array", "spec": parameters(field.children)}
    if is_pairs(field):
        return {"type": "array", "spec": list(_PAIR)}
    if kind == "object":
        return {"type": "any"}
    if field.picklist:
        return {"type": "select", "options": f"rpc://{rpc_of(field.picklist)}"}
    if field.choices:
        return {"type": "select", "options": _options(field)}
    if kind == "decimal":
        return {"type": "number"}
    return dict(_TYPES.get(kind, {"type": "text"}))


def _options(field: Field) -> list[dict[str, str]]:
    return [{"label": option.label, "value": option.value} for option in field.choices]


def _given(field: Field, kind: str) -> Parameter:
    if kind == "list":
        item = _given(field, field.item or "text")
        return {"type": "array", "spec": item.get("spec", item)}
    if kind in _OBJECTS:
        return {
            "type": "collection",
            **({"spec": interface(field.children)} if field.children else {}),
        }
    if kind == "metadata":
        return {"type": "collection"}
    return {"type": _TYPES.get(kind, {"type": "text"})["type"]}
