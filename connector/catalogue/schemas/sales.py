"""From the first interest to a booking: deals and their stages, orders, coupons."""

from connector.catalogue.fields import (
    Boolean,
    Choice,
    DateTime,
    Id,
    Integer,
    List,
    LongText,
    Number,
    Object,
    Reference,
    Text,
    Url,
)
from connector.catalogue.schemas.base import (
    BILLING_PERIODS,
    Money,
    Payload,
    created_at,
    creator,
    metadata,
    public,
    updated_at,
)


class DealLineItem(Payload):
    """Something that a deal is about."""

    item = Reference(("unit_type", "protection_level"), "The unit type or protection level.")
    quantity = Integer("How many of it.", 1)
    type = Choice(("unit_type", "protection"), "Whether it is a unit type or a protection level.")


class Deal(Payload):
    """A possible rental that the operator's team works on."""

    id = Id("deal")
    assignee = Reference("staff", "The team member who looks after the deal.", nullable=True)
    contact = Reference("contact", "The contact who may rent.", nullable=True)
    created_at = created_at("the deal")
    creator = creator("the deal")
    line_items = List(
        Object(DealLineItem, "A unit type or a protection level."),
        "The unit type and the protection level that the deal is about.",
    )
    lost_reason = Choice(
        (
            "accessibility_concern",
            "better_deal_elsewhere",
            "chose_competitor",
            "price_concerns",
        ),
        "Why the deal was lost; empty unless it was.",
        "price_concerns",
        nullable=True,
    )
    metadata = metadata("the deal")
    name = Text(
        "What the deal is called.", "Doe Interiors: 75 sq ft", title="Deal name", personal=True
    )
    note = LongText(
        "A note on the value of the deal.", "£120 per month", nullable=True, personal=True
    )
    site = Reference("site", "The site where the contact may rent.", nullable=True)
    stage = Reference("deal_stage", "How far the deal has come.", nullable=True)
    starts_at = DateTime(
        "When the contact wants to move in.", "2025-03-01T09:00:00Z", title="Move-in", nullable=True
    )
    status = Choice(("open", "won", "lost"), "Whether the deal is open, won or lost.")
    updated_at = updated_at("the deal")
    value_estimate = Text(
        "What the deal may be worth, in your own words.", "£120 per month", nullable=True
    )


class DealStage(Payload):
    """A step on the way from the first interest to a booking."""

    id = Id("deal_stage")
    name = Text("What the stage is called.", "Viewing booked", title="Stage name")
    position = Integer("Where the stage stands in your list, beginning with 1.", 1)
    created_at = created_at("the deal stage")
    updated_at = updated_at("the deal stage")


class EmailNotifications(Payload):
    """Which e-mails Stora sends about an order."""

    booking_confirmation = Boolean("Whether Stora confirms the booking by e-mail.", True)
    move_in_day = Boolean("Whether Stora writes on the day of the move.", True)


class Order(Payload):
    """A booking, from the draft to the paid order."""

    id = Id("order")
    billing_period = Choice(
        BILLING_PERIODS, "How often the customer is billed.", "monthly", nullable=True
    )
    contact = Reference("contact", "The contact who books.", nullable=True)
    contract_template = Reference(
        "contract_template", "The template that the contract is made from.", nullable=True
    )
    coupon = Reference("coupon", "The coupon that lowers the price.", nullable=True)
    created_at = created_at("the order")
    email_notifications = Object(
        EmailNotifications, "Which e-mails Stora sends to the customer.", nullable=True
    )
    line_items = List(Reference("order_line_item", "One line."), "What is booked, line by line.")
    metadata = metadata("the order")
    one_time_total = Money("What is paid once, with tax.", 5000)
    one_time_total_excluding_tax = Money("What is paid once, without tax.", 5000)
    payment_method = Choice(("card",), "How the customer pays.", nullable=True)
    payment_url = Url(
        "Where the customer pays; there once the order is finalized.",
        "https://acme.stora.test/pay/order_942ae99a1fdc940e",
        nullable=True,
    )
    purchase_order_number = Text(
        "The customer's own number for the order.", "PO987654321", nullable=True
    )
    site = Reference("site", "The site where the customer rents.", nullable=True)
    source = Choice(("public_api",), "Where the order was made.", nullable=True)
    starts_at = DateTime(
        "When the rental begins.", "2025-03-01T09:00:00Z", title="Move-in", nullable=True
    )
    status = Choice(("draft", "finalized", "completed"), "How far the order has come.", "completed")
    subscription = Reference(
        "subscription", "The subscription that came out of the order.", nullable=True
    )
    subtotal = Money("The sum of all lines before discount and tax.", 12000)
    tax = Money("The tax.", 1200)
    tenancy = Reference("tenancy", "The tenancy that came out of the order.", nullable=True)
    total = Money("What each billing period costs, with discount and tax.", 7200)
    total_discount = Money("What the coupon takes off.", 6000)
    total_excluding_tax = Money("What each billing period costs, without tax.", 6000)
    updated_at = updated_at("the order")


class AutoApply(Payload):
    """What a coupon is applied to without being asked for."""

    products = Boolean("Whether it is applied to products.", False)
    protections = Boolean("Whether it is applied to protection levels.", False)
    subscriptions = Boolean("Whether it is applied to subscriptions.", True)
    unit_types = Boolean("Whether it is applied to unit types.", False)


class Coupon(Payload):
    """A discount, as a percentage or as an amount."""

    id = Id("coupon")
    amount = Money("What is taken off, where the discount is an amount.", 500, nullable=True)
    auto_apply_to = Object(AutoApply, "What the coupon is applied to without being asked for.")
    billing_period = Choice(
        BILLING_PERIODS, "The billing period it is limited to.", "monthly", nullable=True
    )
    code = Text("The code that customers type in.", "HALFPRICE", title="Coupon code", nullable=True)
    created_at = created_at("the coupon")
    duration = Choice(
        ("repeating", "forever", "once"), "Whether it lasts some months, for ever, or once."
    )
    max_redemptions = Integer(
        "How often it can be used altogether; empty means without limit.", 100, nullable=True
    )
    months = Integer("For how many months it lasts, where it repeats.", 2, nullable=True)
    name = Text("What the coupon is called.", "50% off the first two months", title="Coupon name")
    percent = Number(
        "How many per cent are taken off, where the discount is a percentage.", 50, nullable=True
    )
    public = public("the coupon")
    title = Text(
        "What customers read about the coupon.", "Half price for two months", nullable=True
    )
    type = Choice(("percentage", "amount"), "Whether it takes off a percentage or an amount.")
    updated_at = updated_at("the coupon")
