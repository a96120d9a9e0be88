"""Ten workflows that storage businesses ask for, in words that every platform can be told in.

A recipe begins with an event, a form or a time of day, goes through `steps`, and ends with what is
left to other services: `then` says what. A value is text in which `{trigger.flat.contact_id}` is
what the beginning brought, and `{find_contact.flat.0.contact_id}` what an earlier step did; the
first is `unwrap`'s result, the others are answers of actions. `{yesterday}` is a moment.

None locks a customer out: that is for a person to decide, and an event may be a mistake.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

TRIGGER: Final = "trigger"
YESTERDAY: Final = "yesterday"
PLACE: Final = re.compile(r"\{([a-z_]+(?:\.[a-z0-9_]+)*)\}")

GoOn = Literal["always", "if found", "if nothing found"]


@dataclass(frozen=True, slots=True)
class Step:
    """One action or search, by its key, on `fields`; `go_on` is what a search decides."""

    action: str
    fields: Mapping[str, str]
    go_on: GoOn = "always"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One workflow. It begins when one of `events` happens; else with a `form`; else every day.

    `form` names the fields that come in. `then` is for a person: what to add for other services.
    """

    key: str
    title: str
    help: str
    steps: tuple[Step, ...]
    then: str = ""
    events: tuple[str, ...] = ()
    form: tuple[str, ...] = ()


RECIPES: Final = (
    Recipe(
        "welcome",
        "Welcome a new customer",
        "When an order is completed, its contact and its site, with the hours of access, are there "
        "for the message.",
        (
            Step("get_site", {"site_id": "{trigger.flat.site_id}"}),
            Step("get_contact", {"contact_id": "{trigger.flat.contact_id}"}),
        ),
        then="Send the welcome, with the access code, to contacts[0].email.",
        events=("order.completed",),
    ),
    Recipe(
        "signed_contract",
        "File a signed contract",
        "When a contract is signed, its PDF is fetched.",
        (Step("get_contract_pdf", {"contract_id": "{trigger.flat.contract_id}"}),),
        then="Save files[0] on your drive.",
        events=("contract.signed",),
    ),
    Recipe(
        "lead_form",
        "Make a lead of a form",
        "What a visitor fills in becomes a contact, found if it is known already, with a deal.",
        (
            Step(
                "find_or_create_contact",
                {"email": "{trigger.email}", "full_name": "{trigger.full_name}"},
            ),
            Step(
                "create_deal",
                {
                    "name": "{trigger.full_name}: website",
                    "contact_id": "{find_or_create_contact.flat.contact_id}",
                },
            ),
        ),
        form=("email", "full_name"),
    ),
    Recipe(
        "arrears",
        "Chase an invoice that is given up",
        "When an invoice is marked uncollectible, the team gets a task. Nobody is locked out "
        "unless a person decides it.",
        (
            Step(
                "create_task",
                {
                    "title": "Collect invoice {trigger.number}",
                    "description": "Marked uncollectible: {trigger.flat.amount_due} "
                    "{trigger.flat.currency} are due.",
                    "resource_id": "{trigger.flat.contact_id}",
                },
            ),
        ),
        then="Whoever takes the task decides whether to overlock the customer's units.",
        events=("invoice.marked_uncollectible",),
    ),
    Recipe(
        "paid_after_overlock",
        "Let a customer in again who has paid",
        "When an invoice is paid and none of the customer's is left uncollectible, their units are "
        "opened again.",
        (
            Step(
                "list_invoices",
                {
                    "contact_id": "{trigger.flat.contact_id}",
                    "status": "uncollectible",
                    "limit": "1",
                },
                go_on="if nothing found",
            ),
            Step("remove_overlock", {"contact_id": "{trigger.flat.contact_id}"}),
        ),
        events=("invoice.paid",),
    ),
    Recipe(
        "bookkeeping",
        "Send invoices and credit notes to the bookkeeping",
        "When an invoice is finalized or a credit note is made, its customer is looked up, so that "
        "all is there for the entry.",
        (Step("get_contact", {"contact_id": "{trigger.flat.contact_id}"}),),
        then="Book flat.total of the event, in flat.currency, for contacts[0].",
        events=("invoice.finalized", "credit_note.created"),
    ),
    Recipe(
        "waiting_list",
        "Offer a free unit to those who wait",
        "When a unit becomes available, the open deals of its site are looked up, and the team "
        "gets a task.",
        (
            Step(
                "list_deals",
                {"site_id": "{trigger.flat.site_id}", "status": "open"},
                go_on="if found",
            ),
            Step(
                "create_task",
                {
                    "title": "Offer unit {trigger.reference_id}",
                    "description": "It is free. First on the list: {list_deals.deals.0.name}",
                    "resource_id": "{trigger.flat.unit_id}",
                },
            ),
        ),
        events=("unit.available",),
    ),
    Recipe(
        "lost_deal",
        "Follow up a lost deal",
        "When a deal is lost, the team gets a task to ask again.",
        (
            Step(
                "create_task",
                {
                    "title": "Ask again: {trigger.name}",
                    "description": "Lost because of: {trigger.lost_reason}",
                    "resource_id": "{trigger.flat.contact_id}",
                },
            ),
        ),
        events=("deal.lost",),
    ),
    Recipe(
        "move_out",
        "Prepare a move-out",
        "When a subscription is cancelled, the team gets a task for the unit, and the contact a "
        "note.",
        (
            Step(
                "create_task",
                {
                    "title": "Move-out on {trigger.ends_at}",
                    "description": "Check the unit, take back the keys, settle the deposit.",
                    "resource_id": "{trigger.flat.contact_id}",
                },
            ),
            Step(
                "add_note",
                {
                    "content": "Cancelled; ends on {trigger.ends_at}.",
                    "resource_id": "{trigger.flat.contact_id}",
                },
            ),
        ),
        then="Send the customer the steps of moving out.",
        events=("subscription.cancelled",),
    ),
    Recipe(
        "daily_digest",
        "A digest of every day, by site",
        "Every morning, yesterday's orders are listed.",
        (Step("list_orders", {"created_after": "{yesterday}", "limit": "100"}),),
        then="Group the orders by flat.site_id, and send the digest.",
    ),
)

RECIPE: Final = {recipe.key: recipe for recipe in RECIPES}
"""Each recipe by its key."""
