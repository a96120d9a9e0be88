"""Orders: drafting, what they cost, checking, finalizing."""

import pytest

from connector.sandbox.business.bodies import MAX_ITEMS, MAX_PENCE

from .shop import FINALIZE, SOON, to


def money(pence):
    """Return a sum as Stora writes it."""
    return {"amount": pence, "currency": "GBP", "formatted": f"£{pence // 100:,}.{pence % 100:02}"}


@pytest.fixture
def wanted(shop):
    """A whole order: rent 28.00, cover 9.00, access 10.00 a month; padlocks and deposit once."""
    kind = shop.one("unit_type", name="Locker")
    return {
        "site": kind["site"],
        "billing_period": "monthly",
        "payment_method": "card",
        "purchase_order_number": "PO123456",
        "starts_at": "2999-03-01T10:00:00+01:00",
        "emails": {"booking_confirmation": False},
        "contract_template": to(shop.one("contract_template")),
        "contact": to(shop.one("contact")),
        "metadata": {"source": "zapier", "external_id": "abc_123"},
        "line_items": [
            {"type": "unit_type", "item": to(kind)},
            {"type": "protection", "item": to(shop.one("protection_level"))},
            {"type": "product", "item": to(shop.one("product", charge_type="recurring"))},
            {"type": "product", "quantity": 2, "item": to(shop.one("product", name="Padlock"))},
            {"type": "security_deposit", "item": to(kind), "price": {"amount": 5000}},
        ],
    }


def sums(order):
    """Return what an order costs: once, each period before and after the discount."""
    keys = ("one_time_total", "subtotal", "total_discount", "total")
    return [order[key]["amount"] for key in keys]


def test_a_draft_keeps_what_was_sent(shop, wanted):
    """In Stora's words, with a line for each line, and what it costs."""
    order = shop.done("POST", "/orders", wanted)

    for key in ("site", "billing_period", "payment_method", "contact", "metadata"):
        assert order[key] == wanted[key]
    assert order["starts_at"] == SOON
    assert order["email_notifications"] == {"booking_confirmation": False, "move_in_day": True}
    assert (order["status"], order["source"], order["payment_url"]) == ("draft", "public_api", None)
    assert (order["tenancy"], order["subscription"]) == (None, None)
    assert sums(order) == [2 * 1250 + 5000, 2800 + 900 + 1000, 0, 4700]
    assert order["total"] == money(4700)
    lines = shop.done("GET", f"/orders/{order['id']}/line_items")
    assert [to(line) for line in lines] == order["line_items"]
    assert [line["total"]["amount"] for line in lines] == [2800, 900, 1000, 2500, 5000]
    assert [line["quantity"] for line in lines] == [1, 1, 1, 2, 1]


def test_a_site_is_enough_for_a_draft(shop):
    """Everything else may come later."""
    order = shop.done("POST", "/orders", {"site": to(shop.one("site"))})
    assert (order["contact"], order["billing_period"], order["line_items"]) == (None, None, [])
    assert sums(order) == [0, 0, 0, 0]


def test_the_price_follows_the_billing_period(shop, wanted):
    """Unless one is named; without a period the monthly price is taken."""
    weekly = shop.done("POST", "/orders", wanted | {"billing_period": "weekly"})
    assert sums(weekly)[1] == 700 + 225 + 300
    line = {"type": "unit_type", "item": wanted["line_items"][0]["item"]}
    for price, expected in (({}, 2800), ({"price": {"amount": 0}}, 0)):
        body = {"site": wanted["site"], "line_items": [line | price]}
        assert sums(shop.done("POST", "/orders", body))[1] == expected


def test_an_item_without_a_price_needs_one(shop, wanted):
    """422 at the line's price."""
    product = shop.done("POST", "/products", {"name": "Boxes", "site": wanted["site"]})
    line = {"type": "product", "item": to(product)}
    body = wanted | {"line_items": [*wanted["line_items"], line]}
    assert shop.pointers("POST", "/orders", body) == ["/line_items/5/price"]
    body["line_items"][5]["price"] = {"amount": 150}
    shop.done("POST", "/orders", body)


@pytest.mark.parametrize(
    ("coupon", "off", "lines"),
    [
        ({"type": "percentage"}, 2350, [1400, 450, 500, 0, 0]),
        ({"type": "amount"}, 500, [500, 0, 0, 0, 0]),
    ],
)
def test_a_coupon_lowers_what_is_paid_again_and_again(shop, wanted, coupon, off, lines):
    """A percentage of every such line, or an amount from the first ones on; never the rest."""
    coupon = shop.one("coupon", **coupon)
    order = shop.done("POST", "/orders", wanted | {"coupon": to(coupon)})
    assert sums(order) == [7500, 4700, off, 4700 - off]
    found = shop.done("GET", f"/orders/{order['id']}/line_items")
    assert [line["discount_total"]["amount"] for line in found] == lines

    order = shop.done("PATCH", f"/orders/{order['id']}", {"coupon": None})
    assert sums(order) == [7500, 4700, 0, 4700]


def test_an_amount_never_exceeds_the_line(shop, wanted):
    """What is left of it goes to the next line, and is lost after the last."""
    coupon = to(shop.one("coupon", type="amount"))
    lines = [line | {"price": {"amount": 300}} for line in wanted["line_items"][:2]]
    order = shop.done("POST", "/orders", wanted | {"coupon": coupon, "line_items": lines})
    assert sums(order) == [0, 600, 500, 100]
    order = shop.done("POST", "/orders", wanted | {"coupon": coupon, "line_items": lines[:1]})
    assert sums(order) == [0, 300, 300, 0]


def test_somebody_new_becomes_a_contact(shop, wanted):
    """Told first; somebody with a known address is a conflict."""
    customer = {"email": "mira@example.com", "full_name": "Mira Stone", "type": "student"}
    work = lambda: shop.done("POST", "/orders", wanted | {"contact": customer})  # noqa: E731
    assert shop.told(work) == ["contact.created", "order.created"]
    contact = shop.one("contact", email="mira@example.com")
    assert shop.all("order")[-1]["contact"] == to(contact)
    assert contact["type"] == "student"
    shop.refused("POST", "/orders", wanted | {"contact": customer}, 409)


def test_an_order_is_finalized_at_once(shop, wanted):
    """When it says where a customer goes who gives up; all or nothing."""
    body = wanted | {"finalize": FINALIZE}
    assert shop.told(lambda: shop.done("POST", "/orders", body)) == [
        "order.created",
        "order.finalized",
    ]
    order = shop.all("order")[-1]
    assert order["status"] == "finalized"
    assert order["payment_url"].endswith(order["id"])
    customer = {"email": "mira@example.com", "full_name": "Mira Stone"}
    lacking = body | {"contact": customer, "line_items": []}
    assert shop.pointers("POST", "/orders", lacking) == ["/line_items"]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"site": {"id": "x"}}, ["/site/id"]),
        ({"billing_period": "daily"}, ["/billing_period"]),
        ({"billing_period": "one_time"}, ["/billing_period"]),
        ({"payment_method": "cash"}, ["/payment_method"]),
        ({"starts_at": "today"}, ["/starts_at"]),
        ({"emails": {"birthday": True}}, ["/emails/birthday"]),
        ({"emails": {"move_in_day": "yes"}}, ["/emails/move_in_day"]),
        ({"coupon": {"id": "x"}}, ["/coupon/id"]),
        ({"contract_template": {"id": "x"}}, ["/contract_template/id"]),
        ({"contact": {"id": "x"}}, ["/contact/id"]),
        ({"contact": {"id": "x", "email": "y"}}, ["/contact/email"]),
        ({"contact": {"full_name": "x"}}, ["/contact/email"]),
        ({"contact": "x"}, ["/contact"]),
        ({"finalize": {}}, ["/finalize/cancel_redirect_url"]),
        ({"finalize": {"cancel_redirect_url": "x"}}, ["/finalize/cancel_redirect_url"]),
        ({"line_items": [{}]}, ["/line_items/0/item", "/line_items/0/type"]),
        ({"status": "completed"}, ["/status"]),
    ],
)
def test_a_wrong_order_is_refused(shop, wanted, change, pointers):
    """422 with the pointer of every fault, and nothing is made."""
    assert sorted(shop.pointers("POST", "/orders", wanted | change)) == pointers


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": "gift"}, "/type"),
        ({"item": {"id": "x"}}, "/item/id"),
        ({"price": {"amount": -1}}, "/price/amount"),
        ({"price": {"amount": MAX_PENCE + 1}}, "/price/amount"),
        ({"price": {"amount": 19.99}}, "/price/amount"),
        ({"price": 1999}, "/price"),
        ({"quantity": 0}, "/quantity"),
        ({"type": "protection"}, "/item/id"),
    ],
)
def test_a_wrong_line_is_refused(shop, wanted, change, pointer):
    """In an order and on its own."""
    line = wanted["line_items"][0] | change
    assert shop.pointers("POST", "/orders", wanted | {"line_items": [line]}) == [
        f"/line_items/0{pointer}"
    ]
    id = shop.one("order", status="draft")["id"]
    assert shop.pointers("POST", f"/orders/{id}/line_items", line) == [pointer]


def test_an_order_has_a_hundred_lines_at_most(shop, wanted):
    """One more is refused; so is a penny above the highest price."""
    line = wanted["line_items"][1] | {"price": {"amount": MAX_PENCE}}
    shop.done("POST", "/orders", wanted | {"line_items": [line] * MAX_ITEMS})
    body = wanted | {"line_items": [line] * (MAX_ITEMS + 1)}
    assert shop.pointers("POST", "/orders", body) == ["/line_items"]


def test_a_draft_is_changed(shop, wanted):
    """What is named changes; metadata and e-mails are merged; now is now."""
    id = shop.done("POST", "/orders", wanted)["id"]
    change = {
        "payment_method": "bacs_debit",
        "starts_at": "now",
        "metadata": {"source": "make"},
        "emails": {"move_in_day": False},
        "purchase_order_number": None,
    }
    order = shop.done("PATCH", f"/orders/{id}", change)
    assert order["payment_method"] == "bacs_debit"
    assert order["starts_at"] == order["updated_at"]
    assert order["metadata"] == {"source": "make", "external_id": "abc_123"}
    assert order["email_notifications"] == {"booking_confirmation": False, "move_in_day": False}
    assert order["purchase_order_number"] is None


def test_an_order_is_checked(shop):
    """Everything that lacks is named; one that is ready comes back as it is."""
    order = shop.done("POST", "/orders", {"site": to(shop.one("site"))})
    lacking = ["/contact", "/billing_period", "/starts_at", "/line_items"]
    path = f"/orders/{order['id']}"
    assert shop.pointers("GET", f"{path}/validate", None) == lacking
    assert shop.pointers("POST", f"{path}/finalize", {"finalize": FINALIZE}) == lacking

    ready = shop.ready_order()
    assert shop.done("GET", f"/orders/{ready['id']}/validate") == ready


def test_an_order_needs_units_that_are_free(shop):
    """As many of a kind as it books."""
    kind = shop.one("unit_type", name="Locker")
    free = [
        unit
        for unit in shop.all("unit")
        if unit["unit_type"] == to(kind) and unit["status"] == "available"
    ]
    line = {"type": "unit_type", "item": to(kind)}
    shop.finalized_order(line_items=[line | {"quantity": len(free)}])
    order = shop.ready_order(line_items=[line | {"quantity": len(free) + 1}])
    path = f"/orders/{order['id']}/finalize"
    error = shop.refused("POST", path, {"finalize": FINALIZE}, 422)
    assert error["details"] == [
        {"pointer": "/line_items", "message": "No unit is available: Locker."}
    ]


def test_only_a_draft_can_be_changed(shop):
    """Afterwards everything about it is a conflict."""
    order = shop.finalized_order()
    path, line = f"/orders/{order['id']}", order["line_items"][0]["id"]
    new = {"type": "unit_type", "item": to(shop.one("unit_type"))}
    for method, under, body in (
        ("PATCH", "", {"billing_period": "weekly"}),
        ("GET", "/validate", None),
        ("POST", "/finalize", {"finalize": FINALIZE}),
        ("POST", "/line_items", new),
        ("PATCH", f"/line_items/{line}", {"quantity": 2}),
        ("DELETE", f"/line_items/{line}", None),
    ):
        assert shop.refused(method, path + under, body, 409)["code"] == "conflict"
