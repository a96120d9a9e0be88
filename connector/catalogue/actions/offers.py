"""What is offered: the prices of unit types, protection levels and products."""

from typing import Any, Final

from marshmallow import ValidationError, validates_schema

from connector.catalogue.actions.calls import one_call
from connector.catalogue.actions.row import Action, CounterExample
from connector.catalogue.forms import Form, Values, form
from connector.catalogue.ids import EXAMPLE_IDS
from connector.catalogue.inputs import Currency, ObjectId, Sum
from connector.catalogue.places import PLACES
from connector.catalogue.wording import with_article, words_of

_PRICES: Final[dict[str, Any]] = {
    "weekly": Sum("The price for one week.", "9.99", title="Weekly price", wire="weekly.amount"),
    "monthly": Sum(
        "The price for one month.", "39.99", title="Monthly price", wire="monthly.amount"
    ),
    "currency": Currency("The currency of the prices, which is the one you use in Stora."),
}


class Prices(Form):
    """New prices, at least one of them."""

    @validates_schema
    def a_price(self, values: Values, **kwargs: Any) -> None:
        """Refuse a change of nothing."""
        if not values.keys() & {"weekly", "monthly"}:
            raise ValidationError("Fill in a weekly or a monthly price.", "weekly")


def _set_price(resource: str) -> Action:
    key = f"{resource}_id"
    offer = {key: EXAMPLE_IDS[resource]}
    id = ObjectId(resource, f"The {words_of(resource)} to change.", required=True)
    return one_call(
        f"set_{resource}_price",
        f"Sets what {with_article(resource)} costs from now on.",
        "POST",
        f"{PLACES[resource].path}/{{{key}}}/base_price",
        form(Prices, **{key: id}, **_PRICES),
        resource,
        refuses=(
            CounterExample(offer | {"currency": "GBP"}, "/weekly", "no price"),
            CounterExample(offer | {"weekly": "9.99"}, "/currency", "without its currency"),
            CounterExample(
                offer | {"monthly": "5.5", "currency": "JPY"}, "/monthly", "a fraction of a yen"
            ),
        ),
    )


ROWS: Final = tuple(map(_set_price, ("unit_type", "protection_level", "product")))
