"""How Pipedream and Unitwire are brought together."""

from connector.catalogue.actions.row import Action
from connector.platforms.guide import Guide, Here, Link, Value, client_id, three
from connector.platforms.pipedream.components import source_name
from connector.platforms.wording import title_case


def step_label(action: Action) -> str:
    """Return what a person picks a step by."""
    return title_case(action.label)


def guide(here: Here) -> Guide:
    """Return it for one installation."""
    return Guide(
        name="Pipedream",
        workflow="workflow",
        way_in="app",
        opens=Link("Open Pipedream", "https://pipedream.com/"),
        values=(
            Value("Address, in the connected account", here.origin),
            *client_id(here),
            Value("Authorization URL", here.authorize),
            Value("Token URL", here.token),
        ),
        once=(
            "Ask Pipedream for an app *unitwire*: OAuth with PKCE, and a field `address`.",
            "Register Pipedream here with the redirect URI that you are told.",
            "Download the package, and `pd publish` the components that you want.",
        ),
        steps=(
            "In a workflow, add a source such as *New Invoice Paid (Instant)*.",
            "Connect an account: write the address of your Unitwire, and allow it.",
            "Add what shall happen, and *Deploy*.",
        ),
        redirect_shown="Pipedream tells it with the app, and its *OAuth clients* show it.",
        recipes=three(("signed_contract", "bookkeeping", "waiting_list"), source_name, step_label),
        more=(Link("Pipedream's OAuth clients", "https://pipedream.com/@/accounts/oauth-clients"),),
    )
