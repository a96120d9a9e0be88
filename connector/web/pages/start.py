"""Set-up: from nothing to the first event, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response

from connector.catalogue import API_VERSION
from connector.errors import InvalidUrlParam
from connector.flows.first_run import clients_of, progress, reach
from connector.flows.scopes import sentences
from connector.web.api import parts
from connector.web.pages.people import asked, mine, people, session, show

start = people("start")


@dataclass(frozen=True)
class Builder:
    """A workflow builder: its name, where it is opened, and what to do there, in short steps."""

    name: str
    link: str
    steps: tuple[str, ...]
    by_oauth: bool = True


BUILDERS: Mapping[str, Builder] = {
    "zapier": Builder(
        "Zapier",
        "https://zapier.com/app/zaps",
        ("Make a Zap and choose Unitwire as its trigger.", "Sign in when Zapier asks, and allow."),
    ),
    "n8n": Builder(
        "n8n",
        "https://app.n8n.cloud/",
        ("Add an OAuth2 credential with the values below.", "Use it in the Unitwire trigger."),
    ),
    "make": Builder(
        "Make",
        "https://www.make.com/en/login",
        ("Make a scenario and choose Unitwire.", "Add a connection, and allow."),
    ),
    "power-automate": Builder(
        "Power Automate",
        "https://make.powerautomate.com/",
        ("Add the custom connector with the values below.", "Make a flow with its trigger."),
    ),
    "node-red": Builder(
        "Node-RED",
        "http://localhost:1880/",
        ("Add the Unitwire nodes.", "Enter the address and a personal token."),
        by_oauth=False,
    ),
    "activepieces": Builder(
        "Activepieces",
        "https://cloud.activepieces.com/",
        ("Choose the Unitwire piece as the trigger.", "Connect, and allow."),
    ),
    "pipedream": Builder(
        "Pipedream",
        "https://pipedream.com/",
        ("Add the Unitwire source.", "Connect your account, and allow."),
    ),
    "custom": Builder(
        "Your own code",
        "/openapi.json",
        ("Make a personal token on the Account page.", "Call the address below with it."),
        by_oauth=False,
    ),
}

Recipe = tuple[str, str]
RECIPES: tuple[tuple[Recipe, ...], ...] = (
    (
        ("Invoice marked uncollectible", "text the customer, and make a task for your team"),
        ("Tenancy started", "send the gate code and a welcome e-mail"),
        ("Invoice paid", "book the payment in Xero or QuickBooks"),
    ),
    (
        ("Contact created", "add them to your CRM and call within five minutes"),
        ("Contract signed", "file the contract in Drive or SharePoint"),
        ("Unit available", "tell the next on the waiting list"),
    ),
)


@start.get("/start")
def see() -> Response:
    """Show how far the operator is, and the next step."""
    chosen = asked().get("builder", "")
    if chosen and chosen not in BUILDERS:
        raise InvalidUrlParam("There is no such builder.")
    seen = progress(parts(), mine())
    if not chosen and seen.workflow is not None and seen.workflow.source in BUILDERS:
        chosen = seen.workflow.source
    origin = parts().settings.origin
    return show(
        "start.html",
        "start",
        seen=seen,
        reach=reach(parts(), mine(), seen),
        scopes=sentences(session().scopes),
        builders=BUILDERS,
        chosen=chosen,
        clients=clients_of(parts(), chosen) if chosen else [],
        values={
            "address": origin,
            "api": f"{origin}/{API_VERSION}",
            "authorize": f"{origin}/oauth2/authorize",
            "token": f"{origin}/oauth2/token",
            "scope": " ".join(session().scopes),
        },
        recipes=RECIPES[sum(map(ord, chosen)) % len(RECIPES)],
        hours=parts().settings.retry_hours,
        days=parts().settings.retention_days,
    )
