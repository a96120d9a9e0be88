"""One schema for each resource of Stora, with every field that its reference shows.

The keys of `RESOURCES` are Stora's own words; each is also the key under `event.data`.
"""

from typing import Final

from connector.catalogue.schemas.base import Payload
from connector.catalogue.schemas.billing import CreditNote, Invoice, Subscription
from connector.catalogue.schemas.people import Contact, IdentityVerification, Staff
from connector.catalogue.schemas.places import Site, Unit, UnitType
from connector.catalogue.schemas.renting import (
    Contract,
    Product,
    ProductCategory,
    ProtectionLevel,
    Tenancy,
    UnitAllocation,
)
from connector.catalogue.schemas.sales import Coupon, Deal, DealStage, Order
from connector.catalogue.schemas.webhooks import WebhookEndpoint
from connector.catalogue.schemas.work import (
    Note,
    Task,
    TimelineEvent,
    TimelineSource,
    TimelineTemplate,
)

RESOURCES: Final[dict[str, type[Payload]]] = {
    "contact": Contact,
    "contract": Contract,
    "coupon": Coupon,
    "credit_note": CreditNote,
    "deal": Deal,
    "deal_stage": DealStage,
    "identity_verification": IdentityVerification,
    "invoice": Invoice,
    "note": Note,
    "order": Order,
    "product": Product,
    "product_category": ProductCategory,
    "protection_level": ProtectionLevel,
    "site": Site,
    "staff": Staff,
    "subscription": Subscription,
    "task": Task,
    "tenancy": Tenancy,
    "timeline_event": TimelineEvent,
    "timeline_source": TimelineSource,
    "timeline_template": TimelineTemplate,
    "unit": Unit,
    "unit_allocation": UnitAllocation,
    "unit_type": UnitType,
    "webhook_endpoint": WebhookEndpoint,
}

__all__ = ["RESOURCES", "Payload"]
