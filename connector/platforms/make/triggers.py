"""The app's instant triggers: a webhook, and the module that watches it, for each.

Make attaches a webhook when a scenario gets it, and detaches it when it is deleted.
"""

from typing import Any, Final

from connector.catalogue import API_VERSION
from connector.catalogue.describe import Field, describe
from connector.catalogue.events import EVENTS, EventType
from connector.catalogue.places import PLACES, plural
from connector.catalogue.samples import sample
from connector.catalogue.wording import words_of
from connector.platforms.make.component import Component
from connector.platforms.make.connection import NAME
from connector.platforms.make.parameters import Parameter, interface
from connector.platforms.triggers import ENVELOPE
from connector.platforms.wording import camel_case, pascal_case

ENDPOINTS: Final = "/webhook_endpoints"
_MINE: Final = f"{ENDPOINTS}/{{{{webhook.externalHookId}}}}"
_SCOPES: Final = [PLACES["webhook_endpoint"].scope(right) for right in ("read", "write")]


def watching(event: EventType | None) -> tuple[Component, Component]:
    """Return the webhook and the module for `event`; None is any event that a person chooses."""
    name = pascal_case(event.type) if event else "Events"
    return _webhook(camel_case(name), event), _module(f"watch{name}", camel_case(name), event)


def trigger_label(event: EventType | None) -> str:
    """Return what a person picks the module by: `Watch new contacts`, `Watch paid invoices`."""
    if event is None:
        return "Watch events"
    things, happening = words_of(plural(event.resource)), event.type.partition(".")[2]
    if "_" in happening:
        return f"Watch {things} {words_of(happening)}"
    return f"Watch {'new' if happening == 'created' else happening} {things}"


def _webhook(name: str, event: EventType | None) -> Component:
    types: Any = [event.type] if event else "{{parameters.event_types}}"
    code: dict[str, Any] = {
        "communication": {"output": "{{body.event}}"},
        "params": [] if event else [_EVENT_TYPES],
        "attach": {
            "url": ENDPOINTS,
            "method": "POST",
            "body": {
                "name": f"Make: {trigger_label(event)}",
                "api_version": API_VERSION,
                "url": "{{webhook.url}}",
                "event_types": types,
                "metadata": {"external_id": "{{webhook.id}}"},
            },
            "response": {"data": {"externalHookId": "{{body.endpoint.id}}"}},
        },
        "detach": {"url": _MINE, "method": "DELETE"},
        "requiredScope": _SCOPES,
    }
    if event is None:
        code["update"] = {"url": _MINE, "method": "PATCH", "body": {"event_types": types}}
    about = {"label": trigger_label(event), "webhookType": "web", "connection": NAME}
    return Component("webhook", name, about, code)


_EVENT_TYPES: Final[Parameter] = {
    "name": "event_types",
    "type": "select",
    "multiple": True,
    "label": "Events",
    "help": "What the scenario begins with: one or several of the events that Stora tells of.",
    "required": True,
    "options": [{"label": event.label, "value": event.type} for event in EVENTS],
}


def _module(name: str, webhook: str, event: EventType | None) -> Component:
    shown = event or EVENTS[0]
    help = event.help if event else "Triggers when one of the events that you choose happens."
    return Component(
        "module",
        name,
        {
            "label": trigger_label(event),
            "description": help,
            "moduleType": "instant_trigger",
            "webhook": webhook,
        },
        {
            "communication": {},
            "staticParams": [],
            "interface": interface(_delivered(event)),
            "samples": sample(shown.type)["event"],
        },
        event.resource if event else None,
    )


def _delivered(event: EventType | None) -> tuple[Field, ...]:
    """Describe what is delivered: the envelope, and in it the resource that the event brings."""
    brought = (event,) if event else tuple({each.resource: each for each in EVENTS}.values())
    data = tuple(
        Field(
            each.resource,
            words_of(each.resource).capitalize(),
            "object",
            "As it is in Stora.",
            {},
            children=describe(each.schema),
        )
        for each in brought
    )
    return (*ENVELOPE, Field("data", "Data", "object", "What it is about.", {}, children=data))
