"""What customers rent, sign and add: tenancies, unit allocations, contracts, cover, products."""

from connector.catalogue.fields import (
    Choice,
    DateTime,
    Id,
    List,
    LongText,
    Object,
    Reference,
    Text,
)
from connector.catalogue.schemas.base import (
    Link,
    Money,
    Payload,
    Price,
    created_at,
    public,
    spelled,
    updated_at,
)


class Tenancy(Payload):
    """The time during which a customer rents."""

    id = Id("tenancy")
    contact = Reference("contact", "The customer who rents.", nullable=True)
    created_at = created_at("the tenancy")
    ends_at = DateTime(
        "When the tenancy ends; empty while it has no end.", "2025-08-31T17:00:00Z", nullable=True
    )
    order = Reference("order", "The order it came out of.", nullable=True)
    site = Reference("site", "The site where the customer rents.", nullable=True)
    starts_at = DateTime("When the tenancy begins.", "2025-03-01T09:00:00Z", nullable=True)
    subscription = Reference("subscription", "The subscription that pays for it.", nullable=True)
    unit_allocations = List(
        Reference("unit_allocation", "One unit of the tenancy."), "The units that are rented."
    )
    updated_at = updated_at("the tenancy")


class UnitAllocation(Payload):
    """One unit given to one tenancy."""

    id = Id("unit_allocation")
    created_at = created_at("the unit allocation")
    granted_access_at = DateTime(
        "When the customer was let in.", "2025-02-20T14:00:00Z", nullable=True
    )
    reserved_at = DateTime("When the unit was reserved.", "2025-02-17T09:15:00Z", nullable=True)
    tenancy = Reference("tenancy", "The tenancy that has the unit.", nullable=True)
    unit = Reference("unit", "The unit.", nullable=True)
    updated_at = updated_at("the unit allocation")


class ContractLinks(Payload):
    """Pages about a contract."""

    show_contract = Object(
        Link,
        "Where the customer reads the contract.",
        title="Contract page",
        **spelled("sf:show_contract"),
    )


class Contract(Payload):
    """What a customer signs."""

    id = Id("contract")
    _links = Object(
        ContractLinks, "Pages about the contract; empty when it is voided.", title="Links"
    )
    contact = Reference("contact", "The customer who signs.", nullable=True)
    contract_template = Reference(
        "contract_template", "The template that the contract was made from.", nullable=True
    )
    created_at = created_at("the contract")
    name = Text("What the contract is called.", "Indoor Storage Contract", title="Contract name")
    sent_at = DateTime("When it was sent to the customer.", "2025-02-18T09:00:00Z", nullable=True)
    signed_at = DateTime(
        "When the customer signed; empty until then.", "2025-02-20T10:00:00Z", nullable=True
    )
    status = Choice(
        ("pending", "signed", "voided", "declined", "deleted"),
        "How far the contract has come.",
        "signed",
    )
    tenancy = Reference("tenancy", "The tenancy that the contract is about.", nullable=True)
    updated_at = updated_at("the contract")


class ProtectionLevel(Payload):
    """A level of cover for a customer's goods; it is known by its sum."""

    id = Id("protection_level")
    account_code = Text("The code for your bookkeeping.", "COVER-20K", nullable=True)
    cover_level = Money("Up to which sum the goods are covered.", 2000000)
    created_at = created_at("the protection level")
    prices = List(Object(Price, "One price."), "What the cover costs, by billing period.")
    public = public("the protection level")
    stripe_product_id = Text("Identifies it in Stripe.", "prod_Sj6us30iGDiaXO", nullable=True)
    updated_at = updated_at("the protection level")


class Product(Payload):
    """Something else that customers buy, such as a padlock or boxes."""

    id = Id("product")
    accounting_code = Text("The code for your bookkeeping.", "ACCESS-24H", nullable=True)
    category = Reference("product_category", "The category it belongs to.", nullable=True)
    charge_type = Choice(("recurring", "one_time"), "Whether it is paid for once or repeatedly.")
    created_at = created_at("the product")
    description = LongText(
        "What customers read about it.", "Come and go at any hour.", nullable=True
    )
    name = Text("What the product is called.", "24-hour access", title="Product name")
    prices = List(Object(Price, "One price."), "What it costs, by billing period.")
    site = Reference("site", "The site that offers it.", nullable=True)
    sku = Text("Your own stock number for it.", "24H", nullable=True)
    updated_at = updated_at("the product")


class ProductCategory(Payload):
    """A group of products."""

    id = Id("product_category")
    name = Text("What the category is called.", "Access", title="Category name")
