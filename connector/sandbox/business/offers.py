"""What the operator offers: unit types, protection levels, products, coupons.

The public API changes prices and products only; the rest is done in the operator's own office,
which is what the functions without a body are for.
"""

from typing import Final

from connector.catalogue.schemas.base import BILLING_PERIODS, pounds
from connector.catalogue.situations import Absent
from connector.errors import Conflict
from connector.sandbox.business.bodies import body, pence, strict_schema
from connector.sandbox.business.books import Books, to, wrong
from connector.sandbox.state import Document

# Stora page: protection-levels/create-base-price-for-the-protection-level.
BASE_PRICE = strict_schema({period: pence("A price") for period in BILLING_PERIODS})

_PRODUCT = ("accounting_code", "category", "description", "sku")
NEW_PRODUCT = body("product", required=("name", "site"), optional=_PRODUCT, firm=("charge_type",))
CHANGED_PRODUCT = body("product", optional=_PRODUCT, firm=("name", "site"))

RISE: Final = 1.05  # what a new price is, of the old one
AUTO_APPLY: Final = ("products", "protections", "subscriptions", "unit_types")


def price(period: str, amount: int) -> Document:
    """Return one price of an offer."""
    return {"billing_period": period, "price": pounds(amount), "stripe_price_id": None}


# ---- through the API ---------------------------------------------------------------------------


def set_unit_type_price(books: Books, unit_type: Document, wanted: Document) -> Document:
    """Set the prices of a unit type by billing period."""
    return books.change("unit_type", unit_type, prices=_prices(unit_type, wanted))


def set_protection_price(books: Books, level: Document, wanted: Document) -> Document:
    """Set the prices of a protection level by billing period."""
    return books.change("protection_level", level, prices=_prices(level, wanted))


def set_product_price(books: Books, product: Document, wanted: Document) -> Document:
    """Set the prices of a product that is paid for repeatedly, by billing period."""
    if product["charge_type"] != "recurring":
        raise Conflict("The product is paid for once, so it has no price for a billing period.")
    return books.change("product", product, prices=_prices(product, wanted))


def add_product(books: Books, _: Document, wanted: Document) -> Document:
    """Offer a product; without another word it is paid for once."""
    books.check("product", wanted)
    return books.add("product", **{"charge_type": "one_time"} | wanted)


def change_product(books: Books, product: Document, wanted: Document) -> Document:
    """Change what `wanted` names."""
    books.check("product", wanted)
    return books.change("product", product, **wanted)


def _prices(offer: Document, wanted: Document) -> list[Document]:
    """Return the prices of `offer`, with those in `wanted` in place of the old ones."""
    if not wanted:
        raise wrong("", f"Must have a price: {' or '.join(BILLING_PERIODS)}.")
    old = {row["billing_period"]: row for row in offer["prices"]}
    new = {period: price(period, sum["amount"]) for period, sum in wanted.items()}
    return list((old | new).values())


# ---- in the operator's office ------------------------------------------------------------------


def add_unit_type(books: Books, site: Document, _: Document) -> Document:
    """Offer a new kind of unit on `site`."""
    return make_unit_type(books, site, "Drive-up container", (20, 8, 8), 16000)


def make_unit_type(
    books: Books, site: Document, name: str, feet: tuple[float, float, float], monthly: int
) -> Document:
    """Offer a kind of unit: length, width and height in feet, the price in pence a month."""
    length, width, height = feet
    slug = name.lower().replace(",", "").replace(" ", "-")
    place = site["name"].lower().replace(" ", "-")
    return books.add(
        "unit_type",
        _links={
            "sf:new_order": {
                "href": f"/sites/{place}/order/contact-details?unit_type_slug={slug}",
                "title": "New order",
            }
        },
        dimensions={
            "height": height,
            "length": length,
            "measurement_unit": "ft",
            "width": width,
        },
        dynamic_pricing=False,
        images={"default": None},
        name=name,
        prices=[price("weekly", monthly // 4), price("monthly", monthly)],
        require_insurance_coverage=True,
        require_security_deposit=True,
        security_deposit=pounds(monthly // 2),
        selling_points=["Clean and dry", "Watched round the clock"],
        site=to(site),
        size_description=f"{length:g} x {width:g} ft",
        slug=slug,
        status="bookable",
    )


def raise_price(books: Books, unit_type: Document, _: Document) -> Document:
    """Charge more for a kind of unit from now on."""
    prices = [
        price(row["billing_period"], round(row["price"]["amount"] * RISE))
        for row in unit_type["prices"]
    ]
    return books.change("unit_type", unit_type, prices=prices)


def add_protection_level(books: Books, _: Document, __: Document) -> Document:
    """Offer a new level of cover."""
    return make_protection_level(books, 5_000_000, 4500)


def make_protection_level(books: Books, cover: int, monthly: int) -> Document:
    """Offer cover up to a sum, both in pence."""
    return books.add(
        "protection_level",
        cover_level=pounds(cover),
        prices=[price("weekly", monthly // 4), price("monthly", monthly)],
        public=True,
    )


def add_coupon(books: Books, _: Document, __: Document) -> Document:
    """Make a discount that newcomers can use."""
    return make_coupon(books, "10% off the first month", percent=10, duration="once")


def make_coupon(
    books: Books,
    name: str,
    *,
    percent: int = 0,
    amount: int = 0,
    code: str | None = None,
    duration: str = "forever",
    months: int | None = None,
) -> Document:
    """Make a discount of so many per cent, or of so many pence; Stora leaves the other key out."""
    return books.add(
        "coupon",
        amount=pounds(amount) if amount else Absent(),
        percent=percent or Absent(),
        type="amount" if amount else "percentage",
        auto_apply_to=dict.fromkeys(AUTO_APPLY, False) | {"subscriptions": True},
        code=code,
        duration=duration,
        months=months,
        name=name,
        public=code is None,
    )


def publish_coupon(books: Books, coupon: Document, _: Document) -> Document:
    """Show a discount in the shop, or hide it again."""
    return books.change("coupon", coupon, public=not coupon["public"])
