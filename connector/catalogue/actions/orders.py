"""Orders: create, validate, finalize."""

from typing import Any, Final

from marshmallow import ValidationError, validates_schema

from connector.catalogue.actions.calls import one_call
from connector.catalogue.actions.row import CounterExample
from connector.catalogue.fields import Choice, Integer, Url
from connector.catalogue.forms import Form, Values, form, like
from connector.catalogue.ids import EXAMPLE_IDS
from connector.catalogue.inputs import Currency, Lines, ObjectId, Sum
from connector.catalogue.schemas.people import Contact
from connector.catalogue.schemas.sales import Order

_NEW_CONTACT: Final = ("contact_full_name", "contact_email", "contact_phone_number")


def _cancel_url(help: str, **options: Any) -> Url:
    return Url(
        help,
        "https://www.example.com/booking-cancelled",
        title="Page after cancelling",
        wire="finalize.cancel_redirect_url",
        **options,
    )


class OrderLine(Form):
    """Something that is booked."""

    type = Choice(
        ("unit_type", "protection", "product", "security_deposit"),
        "What kind of line it is.",
        required=True,
    )
    item_id = ObjectId(
        ("unit_type", "protection_level", "product"),
        "The unit type, protection level or product; of a deposit, the unit type.",
        title="Item",
        wire="item.id",
        required=True,
    )
    quantity = Integer("How many of it.", 1)
    price = Sum("The price of one.", "120.00", wire="price.amount")


class CreateOrder(Form):
    """A booking, for a contact that exists or for a new one."""

    site_id = like(Order, "site", required=True)
    contact_id = like(Order, "contact", help="The contact who books, if there is one already.")
    contact_full_name = like(
        Contact, "full_name", title="New contact: name", wire="contact.full_name"
    )
    contact_email = like(Contact, "email", title="New contact: e-mail", wire="contact.email")
    contact_phone_number = like(
        Contact, "phone_number", title="New contact: phone", wire="contact.phone_number"
    )
    line_items = Lines(OrderLine, "What is booked, line by line.")
    currency = Currency("The currency of the prices, which is the one you use in Stora.")
    billing_period = like(Order, "billing_period")
    payment_method = like(Order, "payment_method")
    starts_at = like(Order, "starts_at")
    coupon_id = like(Order, "coupon")
    contract_template_id = like(Order, "contract_template")
    purchase_order_number = like(Order, "purchase_order_number")
    booking_confirmation = like(
        Order, "email_notifications.booking_confirmation", wire="emails.booking_confirmation"
    )
    move_in_day = like(Order, "email_notifications.move_in_day", wire="emails.move_in_day")
    cancel_redirect_url = _cancel_url(
        "Fill this in to finalize the order at once. It is the page that customers come to who "
        "do not pay."
    )
    metadata = like(Order, "metadata")

    @validates_schema
    def one_contact(self, values: Values, **kwargs: Any) -> None:
        """Refuse a contact that exists together with a new one."""
        if "contact_id" in values and values.keys() & set(_NEW_CONTACT):
            message = "Choose a contact, or fill in a new one, but not both."
            raise ValidationError(message, "contact_id")


_ORDER_ID: Final = {"order_id": ObjectId("order", "The order.", required=True)}

ROWS: Final = (
    one_call(
        "create_order",
        "Creates an order: a booking that the customer can pay for.",
        "POST",
        "/orders",
        CreateOrder,
        "order",
        sample={"contact_id": None},  # the sample shows a new contact
        refuses=(
            CounterExample(
                {
                    "site_id": EXAMPLE_IDS["site"],
                    "contact_id": EXAMPLE_IDS["contact"],
                    "contact_email": "jane.doe@example.com",
                },
                "/contact_id",
                "two contacts",
            ),
            CounterExample(
                {
                    "site_id": EXAMPLE_IDS["site"],
                    "line_items": [
                        {"type": "unit_type", "item_id": EXAMPLE_IDS["unit_type"], "price": "12"}
                    ],
                },
                "/currency",
                "a price without its currency",
            ),
            CounterExample(
                {
                    "site_id": EXAMPLE_IDS["site"],
                    "currency": "GBP",
                    "line_items": [
                        {"type": "product", "item_id": EXAMPLE_IDS["product"], "price": "1.999"}
                    ],
                },
                "/line_items/0/price",
                "a fraction of a penny",
            ),
        ),
    ),
    one_call(
        "validate_order",
        "Checks whether an order can be finalized, and says what is missing if not.",
        "GET",
        "/orders/{order_id}/validate",
        form(**_ORDER_ID),
        "order",
    ),
    one_call(
        "finalize_order",
        "Makes an order final and returns the page where the customer pays.",
        "POST",
        "/orders/{order_id}/finalize",
        form(
            **_ORDER_ID,
            cancel_redirect_url=_cancel_url(
                "The page that customers come to who do not pay.", required=True
            ),
        ),
        "order",
    ),
)
