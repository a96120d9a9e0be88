"""What customers owe and pay: invoices, credit notes, subscriptions."""

from connector.catalogue.fields import (
    Boolean,
    Choice,
    DateTime,
    Id,
    Integer,
    List,
    Object,
    Reference,
    Text,
)
from connector.catalogue.schemas.base import (
    BILLING_PERIODS,
    Money,
    Payload,
    created_at,
    updated_at,
)


class InvoiceLineItem(Payload):
    """One line of an invoice."""

    accounting_code = Text("The code for your bookkeeping.", "RENT-75", nullable=True)
    description = Text("What the line is for.", "Rent for unit A-104", nullable=True)
    discount_total = Money("What is taken off.", 0)
    price = Money("The price of one.", 12000)
    proration = Boolean("Whether the line covers a part of a billing period only.", False)
    quantity = Integer("How many.", 1)
    tax = Money("The tax on the line.", 2400)
    total = Money("The line with tax.", 14400)
    total_excluding_tax = Money("The line without tax.", 12000)
    type = Text("What kind of line it is.", "unit_type", nullable=True)


class Invoice(Payload):
    """A bill to a customer."""

    id = Id("invoice")
    amount_due = Money("What is still to be paid.", 14400)
    amount_paid = Money("What has been paid.", 0)
    contact = Reference("contact", "The customer who is billed.", nullable=True)
    created_at = created_at("the invoice", nullable=True)
    finalized_at = DateTime(
        "When the invoice became final; empty while it is a draft.",
        "2025-02-18T09:15:00Z",
        nullable=True,
    )
    line_items = List(
        Object(InvoiceLineItem, "One line of the invoice."), "What is billed, line by line."
    )
    number = Text(
        "The number printed on the invoice.", "ABC-361", title="Invoice number", nullable=True
    )
    paid_at = DateTime("When it was paid; empty until then.", "2025-02-22T14:41:00Z", nullable=True)
    period_end = DateTime(
        "The end of the time that is billed.", "2025-03-31T23:59:59Z", nullable=True
    )
    period_start = DateTime(
        "The beginning of the time that is billed.", "2025-03-01T00:00:00Z", nullable=True
    )
    post_payment_credit_notes_amount = Money("What was credited after it was paid.", 0)
    pre_payment_credit_notes_amount = Money("What was credited before it was paid.", 0)
    purchase_order_number = Text(
        "The customer's own number for the order.", "PO987654321", nullable=True
    )
    site = Reference("site", "The site the invoice belongs to.", nullable=True)
    status = Choice(
        ("draft", "open", "paid", "uncollectible", "void"), "How far the invoice has come.", "open"
    )
    stripe_invoice_id = Text(
        "Identifies the invoice in Stripe.", "in_1QvN2x7bWn2kLm9", nullable=True
    )
    subscription = Reference("subscription", "The subscription that is billed.", nullable=True)
    subtotal = Money("The sum of all lines before discount and tax.", 12000)
    tax = Money("The tax.", 2400)
    total = Money("What the invoice comes to, with tax.", 14400)
    total_discount = Money("What is taken off altogether.", 0)
    total_excluding_tax = Money("What the invoice comes to, without tax.", 12000)
    updated_at = updated_at("the invoice")


class CreditNoteLineItem(Payload):
    """One line of a credit note."""

    amount = Money("What is credited on this line.", 1200)
    description = Text("What the line is for.", "Lift out of order, one day", nullable=True)
    discount_total = Money("What is taken off.", 0)
    price = Money("The price of one.", 1200)
    quantity = Integer("How many.", 1)
    tax = Money("The tax on the line.", 0)
    type = Choice(("invoice_line_item",), "What kind of line it is.", nullable=True)


class CreditNote(Payload):
    """Money credited to a customer against an invoice."""

    id = Id("credit_note")
    contact = Reference("contact", "The customer who is credited.", nullable=True)
    created_at = created_at("the credit note")
    invoice = Reference("invoice", "The invoice it belongs to.", nullable=True)
    line_items = List(
        Object(CreditNoteLineItem, "One line of the credit note."),
        "What is credited, line by line.",
    )
    number = Text(
        "The number printed on the credit note.", "ABC-361-CN-1", title="Credit note number"
    )
    reason = Choice(("other",), "Why the money is credited.", nullable=True)
    site = Reference("site", "The site it belongs to.", nullable=True)
    status = Choice(("issued", "void"), "Whether the credit note stands.")
    subtotal = Money("The sum of all lines before tax.", 1200)
    total = Money("What is credited altogether.", 1200)
    type = Choice(
        ("pre_payment", "post_payment"), "Whether the invoice was still to be paid, or had been."
    )


class CurrentPeriod(Payload):
    """The billing period that a subscription is in."""

    ends_at = DateTime("When the period ends.", "2025-03-31T23:59:59Z", nullable=True)
    starts_at = DateTime("When the period begins.", "2025-03-01T00:00:00Z", nullable=True)


class SubscriptionLineItem(Payload):
    """Something that a customer pays for again and again."""

    created_at = created_at("the line")
    item = Reference(
        ("unit_type", "protection_level", "product"), "The unit type, protection level or product."
    )
    price = Money("The price for one billing period.", 12000)
    quantity = Integer("How many.", 1)
    type = Choice(("unit_type", "protection", "custom_product"), "What kind of line it is.")
    updated_at = updated_at("the line")


class Subscription(Payload):
    """What a customer pays for again and again."""

    id = Id("subscription")
    billing_period = Choice(BILLING_PERIODS, "How often the customer is billed.", "monthly")
    cancellation_reason = Text(
        "Why it was cancelled; empty unless it was.", "No longer needs the space", nullable=True
    )
    cancelled = Boolean("Whether it was cancelled.", False)
    contact = Reference("contact", "The customer who pays.", nullable=True)
    created_at = created_at("the subscription")
    current_period = Object(
        CurrentPeriod, "The billing period that the subscription is in.", nullable=True
    )
    ends_at = DateTime(
        "When it ends; empty while it has no end.", "2025-03-31T23:59:59Z", nullable=True
    )
    line_items = List(
        Object(SubscriptionLineItem, "One line of the subscription."),
        "What the customer pays for, line by line.",
    )
    order = Reference("order", "The order it came out of.", nullable=True)
    site = Reference("site", "The site where the customer rents.", nullable=True)
    starts_at = DateTime("When it begins.", "2025-03-01T00:00:00Z", nullable=True)
    stripe_subscription_id = Text(
        "Identifies the subscription in Stripe.", "sub_1QvN2x7bWn2kLm9", nullable=True
    )
    stripe_subscription_schedule_id = Text(
        "Identifies the schedule of the subscription in Stripe.",
        "sub_sched_1QvN2x7bWn2kLm9",
        nullable=True,
    )
    tenancy = Reference("tenancy", "The tenancy that is paid for.", nullable=True)
    updated_at = updated_at("the subscription")
