"""The kinds of document that an operator's business is made of, and how an empty one looks.

They are the catalogue's resources and, with the fields that Stora shows, two that the catalogue
has no need of: contract templates and the lines of an order
(Stora pages: list-all-contract-templates, list-all-line-items).
"""

from functools import cache
from typing import Any, Final, cast

from marshmallow import fields

from connector.catalogue.fields import Choice, Id, Integer, List, Metadata, Reference, Text
from connector.catalogue.ids import EXAMPLE_IDS
from connector.catalogue.schemas import RESOURCES, Payload
from connector.catalogue.schemas.base import Money, created_at, pounds, updated_at


class ContractTemplate(Payload):
    """What contracts are made from."""

    id = Id("contract_template")
    name = Text("What the template is called.", "Indoor Storage Contract")
    created_at = created_at("the contract template")
    updated_at = updated_at("the contract template")


class OrderLineItem(Payload):
    """One line of an order."""

    id = Id("order_line_item")
    created_at = created_at("the line")
    discount_total = Money("What is taken off.", 0)
    item = Reference(
        ("unit_type", "protection_level", "product"), "The unit type, protection level or product."
    )
    price = Money("The price of one.", 12000)
    quantity = Integer("How many.", 1)
    tax = Money("The tax on the line.", 0)
    total = Money("The line with tax.", 12000)
    total_excluding_tax = Money("The line without tax.", 12000)
    type = Choice(
        ("unit_type", "protection", "product", "security_deposit"), "What kind of line it is."
    )
    updated_at = updated_at("the line")


SCHEMAS: Final[dict[str, type[Payload]]] = {
    **RESOURCES,
    "contract_template": ContractTemplate,
    "order_line_item": OrderLineItem,
}

# The resource behind the type of a line, wherever lines have types.
ITEM_KINDS: Final = {
    "unit_type": "unit_type",
    "protection": "protection_level",
    "product": "product",
    "custom_product": "product",
    "security_deposit": "unit_type",
}


@cache
def fields_of(kind: str) -> dict[str, fields.Field[Any]]:
    """Return the fields of a kind by the keys that they have in JSON."""
    return {field.data_key or name: field for name, field in SCHEMAS[kind]().fields.items()}


def values_of(kind: str, key: str) -> tuple[str, ...]:
    """Return the known values of a field that is a choice."""
    return cast(Choice, fields_of(kind)[key]).values


def prefix_of(kind: str) -> str:
    """Return what the ids of a kind begin with."""
    return EXAMPLE_IDS[kind].partition("_")[0]


def blank(kind: str) -> dict[str, Any]:
    """Return a document of a kind with every key: lists, metadata and sums empty, the rest null."""
    return {key: _nothing(field) for key, field in fields_of(kind).items()}


def _nothing(field: fields.Field[Any]) -> object:
    match field:
        case List():
            return []
        case Metadata():
            return {}
        case Money() if not field.allow_none:
            return pounds(0)
    return None
