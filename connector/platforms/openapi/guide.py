"""How somebody's own code, or a builder without a package, is brought together with Unitwire."""

from connector.catalogue import API_VERSION
from connector.catalogue.actions.row import Action
from connector.catalogue.events import EventType
from connector.platforms.guide import Guide, Here, Link, Value, client_id, three


def trigger_label(event: EventType | None) -> str:
    """Return what is subscribed to; None is several."""
    return event.type if event else "A webhook endpoint"


def step_label(action: Action) -> str:
    """Return what is called."""
    return action.key


def guide(here: Here) -> Guide:
    """Return it for one installation."""
    return Guide(
        name="Your own code",
        workflow="workflow",
        spoken="your own code",
        way_in="token",
        opens=Link("Read the contract", "/openapi.json"),
        values=(
            Value("Address of the API", here.api),
            Value("OpenAPI 3.1", f"{here.origin}/openapi.json"),
            Value("AsyncAPI 3, for the events", f"{here.origin}/asyncapi.json"),
            *client_id(here),
            Value("Authorization URL", here.authorize),
            Value("Token URL", here.token),
        ),
        once=(
            "Make a personal token on the page Account, with no more rights than it needs.",
            "A builder that imports OpenAPI 3.1 imports the document; it signs in with a token, or "
            "by OAuth with an app that is registered here.",
        ),
        steps=(
            f"`POST /{API_VERSION}/webhook_endpoints` with a name, your URL and the event types. "
            "Keep the `secret`: it is told once.",
            "Verify each delivery, by the headers of Standard Webhooks, and answer 2xx at once.",
            f"Act and look up with `POST /{API_VERSION}/actions/KEY`, such as `create_task`.",
        ),
        redirect_shown="Your own application says it.",
        recipes=three(("lead_form", "arrears", "paid_after_overlock"), trigger_label, step_label),
    )
