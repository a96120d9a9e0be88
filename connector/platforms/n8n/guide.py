"""How n8n and Unitwire are brought together."""

from typing import Final

from connector.catalogue.actions.row import Action
from connector.catalogue.events import EventType
from connector.catalogue.wording import label_of
from connector.platforms.guide import Guide, Here, Link, Value, client_id, three
from connector.platforms.n8n.rows import API, operation_name
from connector.platforms.n8n.workflows import NAME
from connector.platforms.wording import title_case

EXAMPLE_AT: Final = "https://n8n.example.com"
CALLBACK: Final = "/rest/oauth2-credential/callback"


def trigger_label(event: EventType | None) -> str:
    """Return what a person picks in n8n's panel; None is the node itself."""
    return f"On {title_case(event.label)}" if event else "Unitwire Trigger"


def step_label(action: Action) -> str:
    """Return the resource and the operation that a person picks in the node."""
    resource = title_case(label_of(action.resource)) if action.resource else API["name"]
    return f"{resource}: {title_case(operation_name(action))}"


def guide(here: Here) -> Guide:
    """Return it for one installation."""
    at = here.at or EXAMPLE_AT
    return Guide(
        name="n8n",
        workflow="workflow",
        way_in="app",
        opens=Link("Open n8n", f"{at}/workflow/new"),
        values=(Value("Address, in the credential", here.origin), *client_id(here)),
        once=(
            "Download the package, in `~/.n8n/nodes` of your n8n `npm install` that file, and "
            f"start n8n again. Once it is published: *Settings*, *Community nodes*, `{NAME}`.",
            "Register n8n here with the redirect URL that its credential shows.",
            "If your n8n is inside your own network, whoever runs Unitwire allows its addresses "
            "with `UNITWIRE_ALLOW_TARGETS`.",
        ),
        steps=(
            "Make a credential *Unitwire OAuth2 API* with the values on this page, press *Connect "
            "my account*, and allow it.",
            "Add *Unitwire Trigger* to a workflow and choose the events. *Execute step* brings a "
            "sample.",
            "Add what shall happen, and *Publish*.",
        ),
        redirect_uri=f"{at}{CALLBACK}" if here.at else "",
        redirect_shown=""
        if here.at
        else f"Its credential shows it: your n8n's address with `{CALLBACK}` after it.",
        at=here.at,
        example=EXAMPLE_AT,
        package=NAME,
        recipes=three(
            ("signed_contract", "daily_digest", "arrears"), trigger_label, step_label, "examples"
        ),
        importing="In n8n, *Import from File*; then choose your credential in each node.",
        more=(
            Link("n8n's community nodes", f"{at}/settings/community-nodes"),
            Link("n8n's credentials", f"{at}/home/credentials"),
        ),
    )
