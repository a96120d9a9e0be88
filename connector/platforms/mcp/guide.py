"""How an assistant and Unitwire are brought together.

Nothing happens in Stora can start an assistant, so its recipes are what a person asks for, and the
tools that it then uses.
"""

import base64
import json
from typing import Final
from urllib.parse import quote, urlencode

from connector.platforms.guide import Guide, Here, Link, Value, client_id
from connector.platforms.told import Told

NAME: Final = "unitwire"
"""What assistants call it."""


def server(url: str) -> dict[str, str]:
    """Return the entry of a server in an assistant's settings."""
    return {"type": "http", "url": url}


def guide(here: Here) -> Guide:
    """Return it for one installation."""
    url = f"{here.origin}/mcp"
    return Guide(
        name="AI assistant (MCP)",
        workflow="question",
        spoken="your assistant",
        hears=False,
        way_in="app",
        opens=Link(
            "Add to VS Code",
            f"vscode:mcp/install?{quote(json.dumps({'name': NAME} | server(url)))}",
        ),
        values=(
            Value("MCP address", url),
            *client_id(here),
            Value(
                "Settings, for assistants that read a file",
                json.dumps({"mcpServers": {NAME: server(url)}}),
            ),
        ),
        once=("Register the assistant here, with the redirect URL that it shows.",),
        steps=(
            "In the assistant, look for *connectors* or *MCP servers*, add a remote one, and write "
            "the MCP address.",
            "Press *connect*: a browser opens Unitwire. Read what the assistant may do, and allow "
            "it.",
            "Ask: *Which sites do we have?*",
        ),
        redirect_shown="The assistant shows it, as *redirect* or *callback URL*. For one on your "
        "own computer, add `--public`.",
        recipes=(
            Told(
                "Who has not paid?",
                "Nothing is changed.",
                (
                    "*List the invoices that are uncollectible, with name, sum and site.*",
                    "It uses `search_invoices` and `search_contacts`.",
                ),
            ),
            Told(
                "Get the lost deals back",
                "Tasks are made in Stora, and noted in its timeline.",
                (
                    "*For each deal that we lost last month, make a task to ask again, with the "
                    "reason in it.*",
                    "It uses `search_deals` and `change_tasks`, and asks before it changes "
                    "anything.",
                ),
            ),
            Told(
                "Prepare a move-out",
                "A task and a note are made in Stora.",
                (
                    "*Somebody from unit A12 is moving out on Friday. Find them, make a task for "
                    "the unit, and add a note to the contact.*",
                    "It uses `search_units`, `change_tasks` and `change_notes`.",
                ),
            ),
        ),
        files=("settings/remote.json",),
        more=(
            Link(
                "Add to Cursor",
                "cursor://anysphere.cursor-deeplink/mcp/install?"
                + urlencode({"name": NAME, "config": _packed({"url": url})}),
            ),
        ),
    )


def _packed(settings: object) -> str:
    return base64.b64encode(json.dumps(settings).encode()).decode()
