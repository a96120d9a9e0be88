"""How answers look in the OpenAPI document: Stora's envelopes around the catalogue's descriptions.

Answers are not validated on their way out; a test holds them to what is said here.
"""

from typing import Any

from marshmallow import Schema, fields

from connector.catalogue.json_schema import JsonSchema

META: JsonSchema = {
    "type": "object",
    "properties": {
        "request_id": {"type": "string", "format": "uuid"},
        "curies": {
            "type": "array",
            "description": "How the links in resources are completed.",
            "items": {"type": "object"},
        },
    },
    "required": ["request_id", "curies"],
}

_PAGE = {"type": "integer", "minimum": 1}
_PAGE_OR_NONE = {"type": ["integer", "null"]}
PAGINATION: JsonSchema = {
    "type": "object",
    "properties": {
        "count": {"type": "integer", "minimum": 0},
        "last": _PAGE,
        "limit": _PAGE,
        "next": _PAGE_OR_NONE,
        "page": _PAGE,
        "pages": _PAGE,
        "prev": _PAGE_OR_NONE,
    },
    "required": ["count", "last", "limit", "next", "page", "pages", "prev"],
}


def one_of(name: str, schema: JsonSchema) -> JsonSchema:
    """Return the schema of an answer with one object, or one list without pages, under `name`."""
    return _envelope({name: schema, "meta": META})


def many_of(name: str, schema: JsonSchema) -> JsonSchema:
    """Return the schema of one page of a list under `name`."""
    paged = META | {
        "properties": META["properties"] | {"pagination": PAGINATION},
        "required": [*META["required"], "pagination"],
    }
    return _envelope({name: {"type": "array", "items": schema}, "meta": paged})


def texts(*keys: str) -> JsonSchema:
    """Return the schema of an object whose values are all texts."""
    return _envelope({key: {"type": "string"} for key in keys})


def _envelope(properties: dict[str, Any]) -> JsonSchema:
    return {"type": "object", "properties": properties, "required": list(properties)}


class ErrorDetail(Schema):
    """One fault in a request."""

    pointer = fields.String(
        required=True, metadata={"description": "JSON pointer to the field (RFC 6901)."}
    )
    message = fields.String(required=True, metadata={"description": "What is wrong with it."})


class ErrorLink(Schema):
    """Where to read on."""

    kind = fields.String(required=True)
    name = fields.String(required=True)
    url = fields.URL(required=True)


class ErrorBody(Schema):
    """What went wrong, and what to do next."""

    code = fields.String(required=True)
    details = fields.List(fields.Nested(ErrorDetail), required=True)
    links = fields.List(fields.Nested(ErrorLink), required=True)
    message = fields.String(
        required=True, metadata={"description": "For the person who builds the workflow."}
    )
    request_id = fields.UUID(required=True)
    type = fields.String(required=True)


class Problem(Schema):
    """The one shape of all errors, which is Stora's (Stora page: guides/errors)."""

    error = fields.Nested(ErrorBody, required=True)
