"""How Zapier and Unitwire are brought together."""

from connector import __version__
from connector.catalogue.actions.row import Action
from connector.catalogue.events import EventType
from connector.platforms import triggers
from connector.platforms.guide import Guide, Here, Link, Value, client_id, three
from connector.platforms.wording import title_case


def trigger_label(event: EventType | None) -> str:
    """Return what a person picks a trigger by; None is any event."""
    return triggers.trigger_label(event) if event else "New Event"


def step_label(action: Action) -> str:
    """Return what a person picks a step by."""
    return title_case(action.label)


def guide(here: Here) -> Guide:
    """Return it for one installation."""
    return Guide(
        name="Zapier",
        workflow="Zap",
        way_in="app",
        opens=Link("Open Zapier", "https://zapier.com/app/zaps"),
        values=(
            Value("Address of your Unitwire", here.origin),
            *client_id(here, "Client ID of the integration"),
        ),
        once=(
            "Download the package. In its folder, `npm install` and "
            '`zapier-platform register "Unitwire"`: Zapier shows the redirect URL.',
            "Register Zapier here with that URL.",
            f"`zapier-platform push`, then `zapier-platform env:set {__version__} "
            f"CLIENT_ID={here.client or '…'} CLIENT_SECRET=… ADDRESS={here.origin}`.",
        ),
        steps=(
            "Make a Zap, choose *Unitwire* as its trigger, and an event such as *Invoice Paid*.",
            "Connect: write the address of your Unitwire, read what Zapier may do, and allow it.",
            "Test the trigger, add what shall happen, and *Publish*.",
        ),
        redirect_shown="`zapier-platform register` shows it: it has the integration's own number.",
        recipes=three(("lead_form", "welcome", "bookkeeping"), trigger_label, step_label),
        more=(
            Link("Zapier's app connections", "https://zapier.com/app/connections"),
            Link("Zapier's developer pages", "https://developer.zapier.com/"),
        ),
    )
