"""How Power Automate and Unitwire are brought together."""

from connector.catalogue.actions.row import Action
from connector.platforms.guide import Guide, Here, Link, Value, client_id, three
from connector.platforms.power_automate.triggers import trigger_label


def step_label(action: Action) -> str:
    """Return what a person picks a step by."""
    return action.label


def guide(here: Here) -> Guide:
    """Return it for one installation."""
    return Guide(
        name="Power Automate",
        workflow="flow",
        way_in="app",
        opens=Link("Open Power Automate", "https://make.powerautomate.com/"),
        values=(
            Value("Host", here.host),
            *client_id(here),
            Value("Authorization URL", here.authorize),
            Value("Token URL", here.token),
            Value("Refresh URL", here.token),
            Value("Scope", " ".join(here.scopes)),
        ),
        once=(
            "Download `apiDefinition.swagger.json`: it names this Unitwire already. In Power "
            "Automate, *Custom connectors*, *New custom connector*, *Import an OpenAPI file*.",
            "On the page *Security*: OAuth 2.0, *Generic OAuth 2*, and the values on this page. "
            "Create the connector; the page then shows its redirect URL.",
            "Register Power Automate here with that URL, put client ID and secret on the page "
            "*Security*, and update the connector.",
            "On the page *Definition*, make a policy *Route request*, as the package's README "
            "says; with `paconn create`, `apiProperties.json` brings it along.",
        ),
        steps=(
            "Make an *Automated cloud flow* with a trigger of *Unitwire for Stora*, such as *When "
            "an invoice is paid*.",
            "*Sign in*, read what Power Automate may do, and allow it.",
            "Add what shall happen, and *Save*.",
        ),
        redirect_shown="The connector's page *Security* shows it, once the connector is made.",
        pkce=False,
        files=("apiDefinition.swagger.json", "apiProperties.json", "icon.png"),
        recipes=three(("signed_contract", "arrears", "lost_deal"), trigger_label, step_label),
    )
