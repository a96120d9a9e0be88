"""Where things are stored: sites, unit types, units."""

from connector.catalogue.fields import (
    Boolean,
    Choice,
    DateTime,
    Id,
    List,
    LongText,
    Number,
    Object,
    Phone,
    Reference,
    Text,
    Url,
)
from connector.catalogue.schemas.base import (
    Images,
    Link,
    Money,
    Payload,
    Price,
    StreetAddress,
    created_at,
    spelled,
    updated_at,
)


class Hours(Payload):
    """When customers can get in on one day of the week."""

    open = Text("From when customers can get in.", "08:00", title="Opens")
    close = Text("Until when customers can get in.", "18:00", title="Closes")
    status = Choice(
        ("set_hours", "twenty_four_hours", "closed"),
        "Whether there are set hours, no limits, or no access.",
    )


class AccessHours(Payload):
    """When customers can get in, day by day."""

    monday = Object(Hours, "The hours on Mondays.")
    tuesday = Object(Hours, "The hours on Tuesdays.")
    wednesday = Object(Hours, "The hours on Wednesdays.")
    thursday = Object(Hours, "The hours on Thursdays.")
    friday = Object(Hours, "The hours on Fridays.")
    saturday = Object(Hours, "The hours on Saturdays.")
    sunday = Object(Hours, "The hours on Sundays.")


class Directions(Payload):
    """How to find a site."""

    google_maps_url = Url(
        "The site on Google Maps.",
        "https://maps.google.com/?q=51.4500,-2.5900",
        title="Google Maps URL",
        nullable=True,
    )


class Site(Payload):
    """A building or yard with units to rent."""

    id = Id("site")
    access_hours = Object(AccessHours, "When customers can get in.", nullable=True)
    address = Object(StreetAddress, "Where the site is.", nullable=True)
    created_at = created_at("the site")
    description = LongText(
        "What customers read about the site.", "Dry, bright units by the river.", nullable=True
    )
    directions = Object(Directions, "How to find the site.", nullable=True)
    images = Object(Images, "Pictures of the site.", nullable=True)
    name = Text("What the site is called.", "Riverside Self Storage", title="Site name")
    opened_at = DateTime("When the site opened.", "2024-05-01T08:00:00Z", nullable=True)
    phone = Phone("The phone number of the site.", "+441174960123", nullable=True)
    updated_at = updated_at("the site")


class Unit(Payload):
    """A single room, locker or container that one customer rents."""

    id = Id("unit")
    created_at = created_at("the unit")
    reference_id = Text("The number on the door.", "A-104", title="Unit number")
    site = Reference("site", "The site where the unit is.", nullable=True)
    status = Choice(
        ("available", "reserved", "occupied", "overlocked", "repossessed", "unavailable"),
        "Whether the unit is free, taken, locked or out of use.",
        "occupied",
    )
    unit_allocation = Reference(
        "unit_allocation", "Which tenancy has the unit; empty when it is free.", nullable=True
    )
    unit_type = Reference("unit_type", "What kind of unit it is.", nullable=True)
    updated_at = updated_at("the unit")


class UnitTypeLinks(Payload):
    """Pages about a unit type."""

    new_order = Object(
        Link,
        "Where customers book such a unit in your shop.",
        title="Booking page",
        example={
            "href": "/sites/riverside/order/contact-details?unit_type_slug=75-sq-ft",
            "title": "New order",
        },
        **spelled("sf:new_order"),
    )


class Dimensions(Payload):
    """How large something is."""

    height = Number("The height.", 8, nullable=True)
    length = Number("The length.", 10, nullable=True)
    measurement_unit = Choice(("ft",), "What it is measured in.")
    width = Number("The width.", 7.5, nullable=True)


class UnitType(Payload):
    """A kind of unit: one size at one price on one site."""

    id = Id("unit_type")
    _links = Object(UnitTypeLinks, "Pages about the unit type.", title="Links")
    created_at = created_at("the unit type")
    dimensions = Object(Dimensions, "How large such a unit is.", nullable=True)
    dynamic_pricing = Boolean("Whether Stora adapts the price to the demand.", False)
    images = Object(Images, "Pictures of such a unit.", nullable=True)
    name = Text("What the unit type is called.", "75 sq ft, ground floor", title="Unit type name")
    prices = List(Object(Price, "One price."), "What such a unit costs, by billing period.")
    promotion = Reference("coupon", "The coupon that customers are shown with it.", nullable=True)
    require_insurance_coverage = Boolean("Whether customers have to insure their goods.", True)
    require_security_deposit = Boolean("Whether customers have to pay a deposit.", True)
    security_deposit = Money("The deposit.", 5000, nullable=True)
    selling_points = List(
        Text("One advantage.", "Ground floor"), "What speaks for such a unit, in a few words."
    )
    site = Reference("site", "The site that offers it.", nullable=True)
    size_description = Text("How large it is, in words.", "7.5 x 10 ft", nullable=True)
    slug = Text("Its name in the address of its page.", "75-sq-ft", nullable=True)
    status = Choice(("bookable",), "Whether customers can book it.", nullable=True)
    stripe_product_id = Text("Identifies it in Stripe.", "prod_Sj6uOSWhCLm5et", nullable=True)
    updated_at = updated_at("the unit type")
