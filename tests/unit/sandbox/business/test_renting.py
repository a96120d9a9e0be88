"""What follows when a customer has paid, and what they are billed."""

import pytest

from .examples import renting
from .shop import SOON, to


def of(shop, order):
    """Return what came out of an order: tenancy, subscription, unit, newest invoice."""
    tenancy = shop.get("tenancy", order["tenancy"]["id"])
    allocation = shop.get("unit_allocation", tenancy["unit_allocations"][0]["id"])
    return (
        tenancy,
        shop.get("subscription", order["subscription"]["id"]),
        shop.get("unit", allocation["unit"]["id"]),
        shop.all("invoice")[-1],
    )


def test_a_paid_order_becomes_a_tenancy(shop):
    """With everything that refers to each other, and a unit that is kept until the day."""
    contact = shop.new_contact()
    order = shop.finalized_order(contact=to(contact))
    order = shop.play("complete", order["id"])["order"]
    tenancy, subscription, unit, invoice = of(shop, order)

    assert order["status"] == "completed"
    assert tenancy["order"] == subscription["order"] == to(order)
    assert tenancy["subscription"] == to(subscription)
    assert subscription["tenancy"] == to(tenancy)
    assert tenancy["starts_at"] == subscription["starts_at"] == SOON
    assert subscription["current_period"] is None
    assert [line["type"] for line in subscription["line_items"]] == ["unit_type"]
    assert (unit["status"], unit["unit_type"]) == ("reserved", to(shop.one("unit_type")))
    assert (invoice["status"], invoice["subscription"]) == ("paid", to(subscription))
    assert invoice["amount_paid"] == invoice["total"] == order["total"]
    assert (invoice["period_start"], invoice["amount_due"]["amount"]) == (SOON, 0)
    contract = shop.all("contract")[-1]
    assert (contract["status"], contract["tenancy"]) == ("pending", to(tenancy))
    renter = shop.get("contact", contact["id"])
    assert (renter["status"], renter["tenancies_count"]) == ("customer", 1)


def test_the_first_invoice_is_the_whole_order(shop):
    """What is paid again and again, what is paid once, less the discount."""
    kind, padlock = shop.one("unit_type"), shop.one("product", name="Padlock")
    lines = [
        {"type": "unit_type", "item": to(kind)},
        {"type": "protection", "item": to(shop.one("protection_level"))},
        {"type": "product", "item": to(padlock), "quantity": 2},
        {"type": "security_deposit", "item": to(kind)},
    ]
    coupon = to(shop.one("coupon", type="percentage"))
    order = shop.finalized_order(line_items=lines, coupon=coupon, purchase_order_number="PO1")
    shop.play("complete", order["id"])
    invoice = shop.all("invoice")[-1]

    assert invoice["subtotal"]["amount"] == 2800 + 900 + 2500 + 1400
    assert invoice["total_discount"]["amount"] == 1850
    assert invoice["total"]["amount"] == (
        order["total"]["amount"] + order["one_time_total"]["amount"]
    )
    assert [(line["type"], line["accounting_code"]) for line in invoice["line_items"]] == [
        ("unit_type", None),
        ("protection", None),
        ("product", "PADLOCKS"),
        ("security_deposit", None),
    ]
    assert invoice["line_items"][1]["description"] == "Protection up to £2,000.00"
    assert invoice["line_items"][3]["description"] == "Security deposit for Locker"
    assert invoice["purchase_order_number"] == "PO1"
    subscription = shop.all("subscription")[-1]
    assert [line["type"] for line in subscription["line_items"]] == ["unit_type", "protection"]


def test_an_order_that_begins_now_moves_in(shop):
    """Everything of the order, then everything of the start."""
    order = shop.finalized_order(starts_at="now")
    told = [event["type"] for event in shop.play("complete", order["id"])["events"]]
    start = ["tenancy.started", "subscription.started", "unit.occupied", "unit.updated"]
    assert told[-4:] == start
    tenancy, subscription, unit, _ = of(shop, shop.get("order", order["id"]))
    assert unit["status"] == "occupied"
    assert subscription["current_period"]["starts_at"] == tenancy["starts_at"]
    assert subscription["current_period"]["ends_at"] > tenancy["starts_at"]


def test_an_order_without_a_template_has_no_contract(shop):
    """Nothing is sent."""
    order = shop.finalized_order(contract_template=None)
    told = [event["type"] for event in shop.play("complete", order["id"])["events"]]
    assert "contract.created" not in told


def test_an_order_is_paid_once(shop):
    """And only when it is finalized."""
    draft = shop.ready_order()
    shop.play("complete", draft["id"], 409)
    order = shop.finalized_order()
    shop.play("complete", order["id"])
    assert shop.play("complete", order["id"], 409)["error"]["code"] == "conflict"


def test_two_orders_cannot_have_the_same_unit(shop):
    """Who pays last finds nothing free, and nothing of it happens."""
    kind = shop.one("unit_type", name="Locker")
    line = {"type": "unit_type", "item": to(kind)}
    free = sum(
        unit["status"] == "available" and unit["unit_type"] == to(kind) for unit in shop.all("unit")
    )
    orders = [shop.finalized_order(line_items=[line | {"quantity": free}]) for _ in range(2)]
    order = shop.play("complete", orders[0]["id"])["order"]
    assert len(shop.get("tenancy", order["tenancy"]["id"])["unit_allocations"]) == free
    before = shop.documents()
    shop.play("complete", orders[1]["id"], 409)
    assert shop.documents() == before


def test_a_customer_moves_in_early(shop):
    """The rental then begins today; and it begins once."""
    order = shop.play("complete", shop.finalized_order()["id"])["order"]
    tenancy = shop.play("start", order["tenancy"]["id"])["tenancy"]
    assert tenancy["starts_at"] < SOON
    _, subscription, unit, _ = of(shop, order)
    assert subscription["starts_at"] == tenancy["starts_at"]
    assert unit["status"] == "occupied"
    shop.play("start", tenancy["id"], 409)


def test_a_customer_gives_notice_and_moves_out(shop):
    """The period is served; then the units are free, and who has nothing left has churned."""
    subscription = renting(shop)
    cancelled = shop.play("cancel", subscription["id"])["subscription"]
    assert cancelled["cancelled"]
    assert cancelled["cancellation_reason"]
    assert cancelled["ends_at"] == subscription["current_period"]["ends_at"]
    shop.play("cancel", subscription["id"], 409)

    unit = of(shop, shop.get("order", subscription["order"]["id"]))[2]
    ended = shop.play("end", subscription["id"])["subscription"]
    tenancy = shop.get("tenancy", subscription["tenancy"]["id"])
    assert tenancy["ends_at"] == ended["ends_at"]
    assert tenancy["unit_allocations"] == []
    assert shop.get("unit", unit["id"])["status"] == "available"
    assert shop.get("contact", subscription["contact"]["id"])["status"] == "churned"
    shop.play("end", subscription["id"], 409)


def test_who_has_another_tenancy_stays_a_customer(shop):
    """The last one decides."""
    subscription = renting(shop)
    order = shop.finalized_order(contact=subscription["contact"])
    other = shop.play("complete", order["id"])["order"]["subscription"]["id"]
    for id, status in ((subscription["id"], "customer"), (other, "churned")):
        shop.play("end", id)
        assert shop.get("contact", subscription["contact"]["id"])["status"] == status


def test_who_has_not_moved_in_gives_notice_for_the_first_day(shop):
    """There is no period that could be served."""
    order = shop.play("complete", shop.finalized_order()["id"])["order"]
    cancelled = shop.play("cancel", order["subscription"]["id"])["subscription"]
    assert cancelled["ends_at"] == SOON


def test_a_contract_is_signed_once(shop):
    """And says when."""
    contract = shop.one("contract", status="pending")
    signed = shop.play("sign", contract["id"])["contract"]
    assert (signed["status"], signed["signed_at"]) == ("signed", signed["updated_at"])
    shop.play("sign", contract["id"], 409)


# ---- billing -----------------------------------------------------------------------------------


def test_an_invoice_goes_its_way(shop):
    """Draft, numbered and open, paid; each step once and in this order."""
    subscription = renting(shop)
    draft = shop.play("bill", subscription["id"])["invoice"]
    assert (draft["status"], draft["number"]) == ("draft", None)
    total = sum(line["price"]["amount"] for line in subscription["line_items"])
    assert draft["amount_due"]["amount"] == draft["total"]["amount"] == total
    shop.play("pay", draft["id"], 409)
    shop.play("mark_uncollectible", draft["id"], 409)
    shop.play("credit", draft["id"], 409)

    opened = shop.play("finalize", draft["id"])["invoice"]
    assert (opened["status"], opened["finalized_at"]) == ("open", opened["updated_at"])
    shop.play("finalize", draft["id"], 409)

    paid = shop.play("pay", draft["id"])["invoice"]
    assert (paid["status"], paid["paid_at"]) == ("paid", paid["updated_at"])
    assert (paid["amount_due"]["amount"], paid["amount_paid"]) == (0, draft["total"])
    for verb in ("pay", "finalize", "mark_uncollectible"):
        shop.play(verb, draft["id"], 409)


def test_numbers_are_given_once(shop):
    """No two invoices have the same."""
    for _ in range(3):
        shop.play("finalize", shop.play("bill", renting(shop)["id"])["invoice"]["id"])
    numbers = [each["number"] for each in shop.all("invoice") if each["number"]]
    assert len(numbers) == len(set(numbers)) > 3


def test_what_was_given_up_can_still_be_paid(shop):
    """Open, uncollectible, paid."""
    invoice = shop.one("invoice", status="open")
    given_up = shop.play("mark_uncollectible", invoice["id"])["invoice"]
    assert given_up["status"] == "uncollectible"
    assert shop.play("pay", invoice["id"])["invoice"]["status"] == "paid"


@pytest.mark.parametrize(("status", "kind"), [("open", "pre_payment"), ("paid", "post_payment")])
def test_a_credit_note_lowers_what_is_due(shop, status, kind):
    """Of an open invoice; of a paid one it gives money back. Void, it never was."""
    invoice = shop.one("invoice", status=status)
    key = f"{kind}_credit_notes_amount"
    note = shop.play("credit", invoice["id"])["credit_note"]
    amount = note["total"]["amount"]
    assert (note["type"], note["invoice"]) == (kind, to(invoice))
    assert amount == round(invoice["total"]["amount"] / 10)
    assert note["number"].startswith(f"{invoice['number']}-CN-")

    credited = shop.get("invoice", invoice["id"])
    assert credited[key]["amount"] == invoice[key]["amount"] + amount
    due = invoice["amount_due"]["amount"] - (amount if status == "open" else 0)
    assert credited["amount_due"]["amount"] == due

    assert shop.play("void", note["id"])["credit_note"]["status"] == "void"
    after = shop.get("invoice", invoice["id"])
    assert (after[key], after["amount_due"]) == (invoice[key], invoice["amount_due"])
    shop.play("void", note["id"], 409)
