"""Prices, products, coupons, and what the office adds."""

import pytest

from connector.sandbox.business.bodies import MAX_PENCE

from .shop import to


def prices(offer):
    """Return the prices of an offer in pence, by billing period."""
    return {row["billing_period"]: row["price"]["amount"] for row in offer["prices"]}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/unit_types", "unit_type"),
        ("/protection_levels", "protection_level"),
        ("/products", "product"),
    ],
)
def test_base_prices_are_set_by_period(shop, path, kind):
    """What is not named stays."""
    offer = shop.one(kind)
    url = f"{path}/{offer['id']}/base_price"
    changed = shop.done("POST", url, {"weekly": {"amount": 999}})
    assert prices(changed) == prices(offer) | {"weekly": 999}
    changed = shop.done("POST", url, {"weekly": {"amount": 0}, "monthly": {"amount": MAX_PENCE}})
    assert prices(changed) == {"weekly": 0, "monthly": MAX_PENCE}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"weekly": {}}, "/weekly/amount"),
        ({"weekly": 999}, "/weekly"),
        ({"weekly": None}, "/weekly"),
        ({"weekly": {"amount": -1}}, "/weekly/amount"),
        ({"weekly": {"amount": MAX_PENCE + 1}}, "/weekly/amount"),
        ({"weekly": {"amount": "9"}}, "/weekly/amount"),
        ({"weekly": {"amount": True}}, "/weekly/amount"),
        ({"weekly": {"amount": 9, "currency": "GBP"}}, "/weekly/currency"),
        ({"yearly": {"amount": 9}}, "/yearly"),
    ],
)
def test_a_wrong_price_is_refused(shop, body, pointer):
    """422 with the pointer of the fault."""
    path = f"/protection_levels/{shop.one('protection_level')['id']}/base_price"
    assert shop.pointers("POST", path, body) == [pointer]


def test_what_is_paid_once_has_no_base_price(shop):
    """409."""
    id = shop.one("product", charge_type="one_time")["id"]
    body = {"weekly": {"amount": 999}}
    assert shop.refused("POST", f"/products/{id}/base_price", body, 409)["code"] == "conflict"


def test_a_product_is_made_and_changed(shop):
    """Paid for once unless said otherwise, without a price at first."""
    site, category = to(shop.one("site")), to(shop.one("product_category"))
    body = {"name": "Boxes", "site": site, "category": category, "sku": "BOX"}
    product = shop.done("POST", "/products", body)
    assert {key: product[key] for key in body} == body
    assert (product["charge_type"], product["prices"]) == ("one_time", [])
    changed = shop.done("PATCH", f"/products/{product['id']}", {"name": "Box", "sku": None})
    assert (changed["name"], changed["sku"], changed["category"]) == ("Box", None, category)

    body = {"name": "Access", "site": site, "charge_type": "recurring"}
    recurring = shop.done("POST", "/products", body)
    path = f"/products/{recurring['id']}/base_price"
    assert prices(shop.done("POST", path, {"monthly": {"amount": 500}})) == {"monthly": 500}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"charge_type": "sometimes"}, "/charge_type"),
        ({"category": {"id": "x"}}, "/category/id"),
        ({"site": {"id": "x"}}, "/site/id"),
        ({"name": ""}, "/name"),
        ({"prices": []}, "/prices"),
    ],
)
def test_a_wrong_product_is_refused(shop, body, pointer):
    """422 with the pointer of the fault."""
    good = {"name": "Boxes", "site": to(shop.one("site"))}
    assert shop.pointers("POST", "/products", good | body) == [pointer]


def test_a_price_rises(shop):
    """By a twentieth."""
    kind = shop.one("unit_type")
    raised = shop.play("raise_price", kind["id"])["unit_type"]
    assert prices(raised) == {"weekly": 735, "monthly": 2940}


def test_a_coupon_takes_off_a_percentage_or_an_amount(shop):
    """Never both: the key of the other is not there."""
    made = shop.play("add_coupon")["coupon"]
    assert (made["type"], made["percent"], "amount" in made) == ("percentage", 10, False)
    amount = shop.one("coupon", type="amount")
    assert (amount["amount"]["amount"], "percent" in amount) == (500, False)
    hidden = shop.play("publish", made["id"])["coupon"]
    assert (made["public"], hidden["public"]) == (True, False)


def test_a_new_kind_of_unit_can_be_built_and_booked(shop):
    """From the office to the finalized order."""
    kind = shop.play("add_unit_type", shop.one("site")["id"])["unit_type"]
    shop.play("add_unit", kind["id"])
    order = shop.finalized_order(line_items=[{"type": "unit_type", "item": to(kind)}])
    assert order["total"]["amount"] == 16000
