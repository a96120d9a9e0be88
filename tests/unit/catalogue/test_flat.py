"""Flat fields: ids, sums and links, ready for the next step."""

from typing import Any

import pytest

from connector.catalogue import CURIES
from connector.catalogue.flat import flat_fields, flatten
from connector.catalogue.samples import resource_sample
from connector.catalogue.schemas import RESOURCES


def test_an_invoice_made_flat() -> None:
    """An invoice has its own id, those of its relations, sums as text, and one currency."""
    assert flatten("invoice", resource_sample("invoice"), CURIES) == {
        "invoice_id": "inv_1952e6fa79ae15df",
        "amount_due": "144.00",
        "amount_paid": "0.00",
        "contact_id": "con_0ac0514ed0711462",
        "post_payment_credit_notes_amount": "0.00",
        "pre_payment_credit_notes_amount": "0.00",
        "site_id": "site_14b419f1096013f1",
        "subscription_id": "sub_125c561ac05edfa1",
        "subtotal": "120.00",
        "tax": "24.00",
        "total": "144.00",
        "total_discount": "0.00",
        "total_excluding_tax": "120.00",
        "currency": "GBP",
    }


def test_links_become_addresses() -> None:
    """The curie that a link's name begins with completes it (Stora page: guides/responses)."""
    flat = flatten("unit_type", resource_sample("unit_type"), CURIES)
    assert flat["new_order_url"] == (
        "https://acme.stora.test/sites/riverside/order/contact-details?unit_type_slug=75-sq-ft"
    )
    assert flatten("contract", {"id": "ctr_1", "_links": {}}, CURIES)["show_contract_url"] is None
    assert flatten("contract", resource_sample("contract"), ())["show_contract_url"] is None


def test_the_decimals_are_the_currencys() -> None:
    """5000 yen are 5000, not 50."""
    yen = {"amount": 5000, "currency": "JPY", "formatted": "¥5,000"}
    flat = flatten("invoice", {"id": "inv_1", "total": yen}, ())
    assert (flat["total"], flat["currency"]) == ("5000", "JPY")


def test_an_expanded_relation_has_an_id_too() -> None:
    """Whether Stora sends the id alone or the whole object makes no difference."""
    deal = {"id": "deal_1", "site": resource_sample("site"), "stage": {"name": "Second (Deleted)"}}
    flat = flatten("deal", deal, ())
    assert flat["site_id"] == resource_sample("site")["id"]
    assert flat["stage_id"] is None


@pytest.mark.parametrize("resource", RESOURCES)
def test_the_description_is_of_what_comes(resource: str) -> None:
    """Fields and examples described are those that a sample gives, for every resource."""
    flat = flatten(resource, resource_sample(resource), CURIES)
    fields = flat_fields(resource)
    assert [field.key for field in fields] == list(flat)
    assert len({field.label for field in fields}) == len(fields)
    for field in fields:
        assert field.example is not None
        assert field.nullable == (field.key != f"{resource}_id")
        assert field.kind in ("text", "decimal", "url")


@pytest.mark.parametrize(
    "odd", [None, 5, "text", [], {}, {"amount": "5"}, {"amount": True}, {"id": 5, "currency": 5}]
)
@pytest.mark.parametrize("resource", RESOURCES)
def test_nothing_that_stora_sends_breaks_it(resource: str, odd: Any) -> None:
    """Whatever stands where something else is expected becomes null."""
    document = dict.fromkeys(resource_sample(resource), odd) | {"id": "x_1"}
    flat = flatten(resource, document, [{"name": "sf", "href": 5}])
    assert set(flat.values()) <= {None, "x_1"}
