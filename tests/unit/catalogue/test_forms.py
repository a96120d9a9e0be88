"""Forms: what a person fills in, and the body that Stora is sent."""

from typing import Any

import pytest

from connector.catalogue.actions import ACTION
from connector.catalogue.describe import Field, Option, describe
from connector.catalogue.forms import MAX_QUESTION, pointer_of, wire
from connector.catalogue.inputs import MAX_LINES, MAX_RESULTS
from connector.catalogue.json_schema import json_schema
from connector.dialect.body import load
from connector.errors import InvalidContent

LINE = {"type": "product", "item_id": "prod_1"}


def read(key: str, **input: Any) -> dict[str, Any]:
    """Return `input` as the form of an action reads it."""
    return load(ACTION[key].input(), input)


def body(key: str, *leave: str, **input: Any) -> dict[str, Any]:
    """Return the body that the form of an action makes of `input`."""
    return wire(ACTION[key].input, read(key, **input), leave=leave)


def faults(key: str, **input: Any) -> dict[str, str]:
    """Return what is wrong with `input`: pointer → message."""
    with pytest.raises(InvalidContent) as caught:
        read(key, **input)
    return {detail["pointer"]: detail["message"] for detail in caught.value.details}


def field(key: str, name: str) -> Field:
    """Return the description of a field of a form."""
    return next(each for each in describe(ACTION[key].input) if each.key == name)


# ---- the way to Stora's body -------------------------------------------------------------------


def test_flat_fields_find_their_places() -> None:
    """An id goes into its relation, an address line into the address; what is empty is not sent."""
    assert body(
        "create_order",
        site_id="site_1",
        contact_full_name="Jane Doe",
        contact_email="jane.doe@example.com",
        contact_phone_number="+44 7700 900123",
        booking_confirmation=False,
        cancel_redirect_url="https://www.example.com/",
        starts_at="2025-03-01",
        currency="gbp",
        line_items=[{**LINE, "quantity": 2, "price": "9.99"}, {**LINE, "price": ""}],
        metadata={},
        coupon_id=None,
        purchase_order_number=" ",
    ) == {
        "site": {"id": "site_1"},
        "contact": {
            "full_name": "Jane Doe",
            "email": "jane.doe@example.com",
            "phone_number": "+447700900123",
        },
        "line_items": [
            {"type": "product", "item": {"id": "prod_1"}, "quantity": 2, "price": {"amount": 999}},
            {"type": "product", "item": {"id": "prod_1"}},
        ],
        "starts_at": "2025-03-01T12:00:00Z",
        "emails": {"booking_confirmation": False},
        "finalize": {"cancel_redirect_url": "https://www.example.com/"},
    }


def test_the_documented_contact_is_sent_as_documented() -> None:
    """The fields of Stora's own example make Stora's own body (Stora page: Create a Contact)."""
    assert body(
        "create_contact",
        full_name="John Doe",
        email="john@doe.com",
        tax_id="123456789",
        address_line_1="123 Main St",
        address_line_2="Apt 4B",
        address_city="Anytown",
        address_postal_code="12345",
        address_state="CA",
        address_country_alpha2="US",
        type="company",
        marketing_source="recommendation",
        source="walkin",
        use_case="more_space",
        metadata={"external_id": "crm_12345", "source": "api_import"},
    ) == {
        "full_name": "John Doe",
        "email": "john@doe.com",
        "tax_id": "123456789",
        "address": {
            "line_1": "123 Main St",
            "line_2": "Apt 4B",
            "city": "Anytown",
            "postal_code": "12345",
            "state": "CA",
            "country_alpha2": "US",
        },
        "type": "company",
        "marketing_source": "recommendation",
        "source": "walkin",
        "use_case": "more_space",
        "metadata": {"external_id": "crm_12345", "source": "api_import"},
    }


def test_fields_are_emptied_by_name() -> None:
    """A cleared relation, text, part of the address and metadata each get what Stora empties by."""
    assert body(
        "update_task", "task_id", task_id="task_1", clear=["assignee_id", "description", "metadata"]
    ) == {"assignee": None, "description": None, "metadata": {}}
    assert body("update_contact", "contact_id", contact_id="con_1", clear=["address_line_2"]) == {
        "address": {"line_2": None}
    }


def test_metadata_is_never_cleared_by_accident() -> None:
    """Metadata that is left empty is not sent: `{}` would remove all of it in Stora."""
    assert body("update_task", "task_id", task_id="task_1", metadata={}) == {}
    sent = body("update_task", "task_id", task_id="task_1", metadata={"a": None, "b": "x"})
    assert sent == {"metadata": {"a": None, "b": "x"}}


def test_a_new_choice_of_storas_can_be_sent() -> None:
    """A value that Stora has added to a choice goes through; only what is ours is closed."""
    assert body("lose_deal", "deal_id", deal_id="deal_1", lost_reason="moved_abroad") == {
        "lost_reason": "moved_abroad"
    }
    assert faults("update_task", task_id="task_1", clear=["status"]) == {
        "/clear/0": "Must be one of: description, due_at, assignee_id, site_id, resource_id, "
        "metadata."
    }


# ---- what is refused ---------------------------------------------------------------------------


def test_faults_of_all_fields_come_at_once() -> None:
    """A person is told everything that is wrong in one go, in words."""
    assert faults("create_task", due_at="soon", assignee_id="../x", no_such=1) == {
        "/title": "Missing data for required field.",
        "/due_at": "Must be a date, or a date and time such as 2025-02-22T14:41:00Z.",
        "/assignee_id": "Must be an id of Stora's, such as con_0ac0514ed0711462.",
        "/no_such": "Unknown field.",
    }


def test_sums_need_their_currency() -> None:
    """The number of decimals depends on the currency, so a sum without one is not guessed."""
    line = {**LINE, "price": "9.99"}
    assert faults("create_order", site_id="site_1", line_items=[line]) == {
        "/currency": "Say which currency the prices are in."
    }
    wrong = [LINE, {**line, "price": "9"}, line]
    assert faults("create_order", site_id="site_1", currency="JPY", line_items=wrong) == {
        "/line_items/2/price": "Must have no decimals: the currency is JPY."
    }
    for currency in ("GPB", "£", "GBPP", 5):
        assert "/currency" in faults("create_order", site_id="site_1", currency=currency)
    assert read("create_order", site_id="site_1", currency="GBP") == {"site_id": "site_1"}


def test_the_number_of_lines_is_bounded() -> None:
    """50 lines are taken, 51 are not, and then none of them is looked at."""
    assert len(read("create_order", site_id="s", line_items=[LINE] * MAX_LINES)["line_items"]) == 50
    assert faults("create_order", site_id="s", line_items=[5] * (MAX_LINES + 1)) == {
        "/line_items": "Must have at most 50 lines."
    }


def test_the_number_of_results_is_bounded() -> None:
    """1 to 100 results can be asked for."""
    assert read("list_deals", limit=1)
    assert read("list_deals", limit=MAX_RESULTS)
    for limit in (0, MAX_RESULTS + 1):
        assert faults("list_deals", limit=limit) == {"/limit": "Must lie between 1 and 100."}


def test_the_length_of_an_id_is_bounded() -> None:
    """100 characters are taken, 101 are not."""
    assert read("win_deal", deal_id="d" * 100)
    assert "/deal_id" in faults("win_deal", deal_id="d" * 101)


def test_the_length_of_a_question_is_bounded() -> None:
    """What goes into an address has 500 characters at most: filters, names, parameters."""
    call = {"method": "GET", "path": "/contacts"}
    for length, taken in ((MAX_QUESTION, True), (MAX_QUESTION + 1, False)):
        text = "x" * length
        for key, input, pointer in (
            ("list_deals", {"status": text}, "/status"),
            ("find_contact", {"full_name": text}, "/full_name"),
            ("call_stora_api", call | {"query": {"search": text}}, "/query/search"),
        ):
            if taken:
                assert read(key, **input)
            else:
                assert faults(key, **input) == {pointer: "Must have at most 500 characters."}


@pytest.mark.parametrize("input", [None, [], "text", 5])
def test_a_form_is_an_object(input: Any) -> None:
    """Anything but an object is refused, and nothing breaks."""
    with pytest.raises(InvalidContent):
        load(ACTION["win_deal"].input(), input)


# ---- how forms are described -------------------------------------------------------------------


def test_an_id_is_called_after_what_it_is_of() -> None:
    """In a form an id is chosen, so it has the name of the thing, and its picklist."""
    site = field("create_task", "site_id")
    assert (site.label, site.kind, site.picklist, site.resources) == (
        "Site",
        "text",
        "sites",
        ("site",),
    )
    about = field("add_note", "resource_id")
    assert (about.label, about.picklist) == ("About", None)
    assert about.resources == ("contact", "unit", "subscription", "task")


def test_only_choices_of_ours_are_closed() -> None:
    """The JSON Schema lists what can be cleared, but takes new values of Stora's choices."""
    clear = field("update_task", "clear")
    assert (clear.item, clear.closed) == ("choice", True)
    assert clear.choices[2] == Option("assignee_id", "Assignee ID")
    schema = json_schema(describe(ACTION["update_contact"].input))["properties"]
    assert "full_name" in schema["clear"]["items"]["enum"]
    assert {"type": "string"} in schema["type"]["anyOf"]


def test_a_sum_is_text_or_number() -> None:
    """The JSON Schema of a sum takes both, and the example is text."""
    price = field("set_protection_level_price", "weekly")
    assert (price.kind, price.example) == ("decimal", "9.99")
    schema = json_schema([price])["properties"]["weekly"]
    assert schema["type"] == ["string", "number"]


# ---- the way back ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "told", "shown"),
    [
        ("create_task", "/site/id", "/site_id"),
        ("create_task", "/site", "/site_id"),
        ("create_task", "/title", "/title"),
        ("create_task", "/metadata/Key", "/metadata/Key"),
        ("create_task", "/no_such/thing", ""),
        ("create_task", "", ""),
        ("create_task", "nonsense", ""),
        ("update_task", "/task_id", "/task_id"),
        ("create_contact", "/address/postal_code", "/address_postal_code"),
        ("create_contact", "/address", "/address_line_1"),
        ("create_order", "/line_items/3/price/amount", "/line_items/3/price"),
        ("create_order", "/line_items/0/item/id", "/line_items/0/item_id"),
        ("create_order", "/line_items/0", "/line_items/0"),
        ("create_order", "/line_items", "/line_items"),
        ("create_order", "/contact/email", "/contact_email"),
        ("create_order", "/finalize/cancel_redirect_url", "/cancel_redirect_url"),
        ("create_deal", "/line_items/0/item/id", "/unit_type_id"),
        ("reserve_unit", "/tenancy_id", "/tenancy_id"),
        ("set_protection_level_price", "/monthly/amount", "/monthly"),
    ],
)
def test_a_fault_that_stora_names_is_found_in_the_form(key: str, told: str, shown: str) -> None:
    """A pointer into Stora's body becomes that of the field a person has to change."""
    assert pointer_of(ACTION[key].input, told) == shown
