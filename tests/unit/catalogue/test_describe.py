"""Descriptions: what a form or a document can know about a field."""

from connector.catalogue.describe import Field, Option, describe
from connector.catalogue.schemas import RESOURCES


def field(resource: str, path: str) -> Field:
    """Return the description of the field at a dotted path."""
    fields = describe(RESOURCES[resource])
    for key in path.split("."):
        found = next(field for field in fields if field.key == key)
        fields = found.children
    return found


def test_a_plain_field() -> None:
    """A field is described by neutral words only; its label is derived from its key."""
    assert field("contact", "full_name") == Field(
        key="full_name",
        label="Full name",
        kind="text",
        help="The contact's first and last name.",
        example="Jane Doe",
        nullable=True,
        personal=True,
    )


def test_an_id_is_required_and_named_after_its_resource() -> None:
    """The id of a unit type is called "Unit type ID"."""
    id = field("unit_type", "id")
    assert (id.label, id.required, id.nullable) == ("Unit type ID", True, False)


def test_a_choice_offers_its_values_with_labels() -> None:
    """The known values of a choice come with words for people."""
    assert field("deal", "status").choices == (
        Option("open", "Open"),
        Option("won", "Won"),
        Option("lost", "Lost"),
    )


def test_money_has_parts_that_agree_with_its_example() -> None:
    """The parts of a sum show the sum's own example, not that of another."""
    total = field("invoice", "total")
    assert total.kind == "money"
    assert total.example == {part.key: part.example for part in total.children}
    assert field("invoice", "total.formatted").example == "£144.00"
    assert field("invoice", "tax.formatted").example == "£24.00"


def test_a_reference_says_what_it_points_to() -> None:
    """A reference has its targets, its picklist and the id as its only part."""
    stage = field("deal", "stage")
    assert (stage.kind, stage.resources, stage.picklist) == (
        "reference",
        ("deal_stage",),
        "deal_stages",
    )
    (id,) = stage.children
    assert (id.key, id.label, id.kind, id.example) == (
        "id",
        "Stage ID",
        "text",
        "dstg_127b3057d5df338e",
    )
    assert field("note", "resource").resources == ("contact", "unit", "subscription", "task")
    assert field("note", "resource").picklist is None


def test_a_list_says_what_its_items_are() -> None:
    """A list has the kind of its items, and their parts, choices or targets."""
    lines = field("invoice", "line_items")
    assert (lines.kind, lines.item) == ("list", "object")
    assert field("invoice", "line_items.price").kind == "money"
    assert field("unit_type", "selling_points").item == "text"
    assert field("tenancy", "unit_allocations").resources == ("unit_allocation",)
    assert field("webhook_endpoint", "event_types").picklist == "event_types"


def test_keys_that_python_cannot_spell() -> None:
    """A key such as `sf:show_contract` or `global` is described as Stora writes it."""
    assert field("contract", "_links.sf:show_contract.href").kind == "text"
    assert field("timeline_source", "global").kind == "boolean"


def test_what_tells_about_a_person_is_marked() -> None:
    """Name, address and the parts of the address are personal; the address of a site is not."""
    personal = {field.key for field in describe(RESOURCES["contact"]) if field.personal}
    assert personal == {"address", "email", "full_name", "phone_number", "tax_id"}
    assert all(part.personal for part in field("contact", "address").children)
    assert not any(part.personal for part in field("site", "address").children)


def test_a_schema_is_walked_once() -> None:
    """Describing the same schema again costs nothing."""
    assert describe(RESOURCES["order"]) is describe(RESOURCES["order"])
