"""The pieces that operations of the connector are made of."""

from typing import Final

from connector.catalogue.describe import Field
from connector.platforms.power_automate.schemas import Schema, output_schema


def field(
    key: str, label: str, kind: str, help: str, example: object, children: tuple[Field, ...] = ()
) -> Field:
    """Describe a field of Unitwire's own answers; the items of a list are objects."""
    item = "object" if kind == "list" else None
    return Field(key, label, kind, help, example, item=item, children=children)


def body(schema: Schema, summary: str, description: str) -> Schema:
    """Return the parameter that is the whole body of a request."""
    return {
        "name": "body",
        "in": "body",
        "required": True,
        "schema": schema,
        "x-ms-summary": summary,
        "description": description,
    }


def parameter(
    name: str, place: str, summary: str, description: str, *, required: bool = False
) -> Schema:
    """Return a parameter of text; `place` is path, query or header."""
    return {
        "name": name,
        "in": place,
        "required": required,
        "type": "string",
        "x-ms-summary": summary,
        "description": description,
    }


_ERROR: Final = (
    field("code", "Code", "text", "What it is called.", "not_found"),
    field("message", "Message", "text", "What happened, and what to do.", "There is no such unit."),
)
PROBLEM: Final = output_schema([field("error", "Error", "object", "What went wrong.", {}, _ERROR)])
"""The schema `Problem`: what a flow shows when a step fails is its `error.message`."""

PROBLEMS: Final = {
    "default": {"description": "What went wrong.", "schema": {"$ref": "#/definitions/Problem"}}
}
"""The answers that every operation may give instead."""
