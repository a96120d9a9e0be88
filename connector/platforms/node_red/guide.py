"""How Node-RED and Unitwire are brought together."""

from connector.catalogue.actions.row import Action
from connector.catalogue.events import EventType
from connector.platforms.guide import Guide, Here, Link, Value, client_id, three
from connector.platforms.node_red.rules import PACKAGE


def trigger_label(event: EventType | None) -> str:
    """Return the node, and what is ticked in it; None is the node itself."""
    return f"trigger: {event.label}" if event else "trigger"


def step_label(action: Action) -> str:
    """Return the node, and what is chosen in it."""
    return f"{action.kind}: {action.label}"


def guide(here: Here) -> Guide:
    """Return it for one installation."""
    at = here.at or "http://localhost:1880"
    return Guide(
        name="Node-RED",
        workflow="flow",
        way_in="token",
        opens=Link("Open Node-RED", f"{at}/"),
        values=(Value("Address, in the account", here.origin), *client_id(here)),
        once=(
            "Download the package and, in Node-RED's user folder, `npm install` that file. Once "
            f"it is published: *Manage palette*, *Install*, `{PACKAGE}`.",
            "If Node-RED is inside your own network, whoever runs Unitwire allows its addresses "
            "with `UNITWIRE_ALLOW_TARGETS`.",
        ),
        steps=(
            "Pull a *trigger* into a flow and add an account: the address of your Unitwire, and a "
            "personal token. *Test* shows the name of your business.",
            "Tick the events, *Done*, *Deploy*: the node says *listening*.",
            "Wire what shall happen. The button on the trigger sends the newest event into the "
            "flow.",
        ),
        redirect_uri=f"{at}/unitwire/callback",
        at=at,
        example="https://node-red.example.com",
        package=PACKAGE,
        recipes=three(
            ("daily_digest", "arrears", "paid_after_overlock"),
            trigger_label,
            step_label,
            "examples",
        ),
        importing=f"In Node-RED, *Import*, the file or *Examples*, `{PACKAGE}`; then give the "
        "account your token.",
    )
