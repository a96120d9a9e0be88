"""How Make and Unitwire are brought together."""

from typing import Final

from connector.platforms.guide import Guide, Here, Link, Value, client_id, three
from connector.platforms.make.steps import step_label
from connector.platforms.make.triggers import trigger_label

REDIRECT: Final = "https://www.make.com/oauth/cb/app"
"""Of custom apps; a zone of Make's may have its own, which the app's connection shows."""


def guide(here: Here) -> Guide:
    """Return it for one installation."""
    return Guide(
        name="Make",
        workflow="scenario",
        way_in="app",
        opens=Link("Open Make", "https://www.make.com/en/login"),
        values=(
            Value("Unitwire address, in the connection", here.origin),
            *client_id(here),
        ),
        once=(
            "Download the package, open it in Visual Studio Code with *Make Apps Editor*, and "
            "choose *Deploy to Make*.",
            "Register Make here, with the callback that Make shows for the app's connection if it "
            "is another than the one below.",
        ),
        steps=(
            "Make a scenario, choose *Unitwire* and a trigger such as *Watch paid invoices*.",
            "*Add* a webhook and a connection: write the address, the client ID and the secret, "
            "and allow it.",
            "Add what shall happen, and switch the scenario on.",
        ),
        redirect_uri=REDIRECT,
        recipes=three(("bookkeeping", "waiting_list", "move_out"), trigger_label, step_label),
    )
