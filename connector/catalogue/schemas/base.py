"""What several resources share: the base of all schemas, money, prices, addresses, links."""

from typing import Any, Final

from marshmallow import INCLUDE, Schema, post_dump

from connector.catalogue.fields import (
    Boolean,
    Choice,
    DateTime,
    Integer,
    Metadata,
    Object,
    Reference,
    Text,
    Url,
)

# The moment at which all samples take place, as long as nobody names another.
SAMPLE_AT: Final = "2025-02-22T14:41:00Z"

BILLING_PERIODS: Final = ("weekly", "monthly")


class Payload(Schema):
    """An object that Stora sends: unknown keys pass through, both ways."""

    class Meta:
        """An unknown key is kept when it is read."""

        unknown = INCLUDE

    @post_dump(pass_original=True)
    def keep_unknown(self, data: dict[str, Any], original: Any, **kwargs: Any) -> dict[str, Any]:
        """Write the keys that this schema does not know as they were read."""
        known = {field.data_key or name for name, field in self.fields.items()}
        return data | {key: original[key] for key in original if key not in known}


class Amount(Payload):
    """The parts of a sum of money."""

    amount = Integer(
        "The sum in the smallest unit of the currency, such as pence: 5000 is £50.00.",
        5000,
        required=True,
    )
    currency = Text("The currency as three letters (ISO 4217).", "GBP")
    formatted = Text("The sum as people write it.", "£50.00")


class Money(Object):
    """A sum of money; its example is given in pence."""

    kind = "money"

    def __init__(self, help: str, pence: int, **options: Any) -> None:
        super().__init__(Amount, help, example=pounds(pence), **options)


def pounds(pence: int) -> dict[str, object]:
    """Return `pence` as Stora writes money: `{"amount", "currency", "formatted"}`."""
    sign = "-" if pence < 0 else ""
    whole, part = divmod(abs(pence), 100)
    return {"amount": pence, "currency": "GBP", "formatted": f"{sign}£{whole:,}.{part:02}"}


class Price(Payload):
    """One price of something that is charged for again and again."""

    billing_period = Choice(
        (*BILLING_PERIODS, "one_time"), "How often this price is charged.", "monthly"
    )
    price = Money("The price for one billing period.", 12000)
    stripe_price_id = Text("Identifies the price in Stripe.", "price_123", nullable=True)


class StreetAddress(Payload):
    """Where something is."""

    line_1 = Text(
        "The first line of the address.", "12 Mill Lane", title="Address line 1", nullable=True
    )
    line_2 = Text(
        "The second line of the address.", "Unit 3", title="Address line 2", nullable=True
    )
    city = Text("The town or city.", "Bristol", nullable=True)
    postal_code = Text("The postcode.", "BS1 4ST", title="Postcode", nullable=True)


class Link(Payload):
    """A link to a page; its address is relative to the curie that its name begins with."""

    href = Text("The path of the page.", "/contracts/ctr_a1b2c3d4e5f67890", title="Path")
    title = Text("What the page is.", "Show contract")


class Pictures(Payload):
    """One picture in several sizes."""

    original = Url("The picture as it was uploaded.", "https://images.example.com/original.jpg")
    small = Url("The picture in a small size.", "https://images.example.com/small.jpg")
    medium = Url("The picture in a medium size.", "https://images.example.com/medium.jpg")
    large = Url("The picture in a large size.", "https://images.example.com/large.jpg")


class Images(Payload):
    """The pictures of a place."""

    default = Object(Pictures, "The main picture, in several sizes.", nullable=True)


def spelled(key: str) -> dict[str, Any]:
    """Return the options of a field whose `key` cannot be a name in Python."""
    return {"data_key": key, "attribute": key}


def created_at(what: str, **options: Any) -> DateTime:
    """Return the field that says when `what` ("the deal") came into being."""
    return DateTime(f"When {what} was created in Stora.", "2025-02-17T09:15:00Z", **options)


def updated_at(what: str) -> DateTime:
    """Return the field that says when `what` ("the deal") last changed."""
    return DateTime(f"When {what} last changed in Stora.", SAMPLE_AT)


def creator(what: str) -> Reference:
    """Return the field that says who made `what`: a program, a token of one, or a person."""
    makers = ("application", "access_token", "staff")
    return Reference(makers, f"Who or what created {what}.", nullable=True)


def public(what: str) -> Boolean:
    """Return the field that says whether customers see `what` in the shop."""
    return Boolean(f"Whether customers see {what} in your online shop.", True)


def metadata(what: str) -> Metadata:
    """Return the field with the own keys and texts on `what`."""
    return Metadata(
        f"Your own keys and texts on {what}, such as its number in another system.",
        {"source": "zapier", "external_id": "abc_123"},
    )
