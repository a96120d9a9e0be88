"""How Activepieces and Unitwire are brought together."""

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
    at = here.at or "https://cloud.activepieces.com"
    return Guide(
        name="Activepieces",
        workflow="flow",
        way_in="app",
        opens=Link("Open Activepieces", f"{at}/"),
        values=(
            Value("Address, in the connection", here.origin),
            *client_id(here),
        ),
        once=(
            "Download the package and bundle it into one file, as its README says.",
            "In *Platform admin*, *Pieces*, *Install piece*, upload that file.",
            "Register Activepieces here.",
        ),
        steps=(
            "In a flow, choose a trigger of *Stora (Unitwire)*, such as *Invoice Paid*.",
            "*Create* a connection with the values on this page, and allow it.",
            "*Load sample data*, add what shall happen, and *Publish*.",
        ),
        redirect_uri=f"{at}/redirect",
        at=at,
        example="https://activepieces.example.com",
        recipes=three(("lead_form", "welcome", "lost_deal"), trigger_label, step_label),
    )
