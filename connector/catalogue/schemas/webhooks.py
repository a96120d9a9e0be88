"""The webhook endpoint, as Stora shows it (Stora page: Create a Webhook Endpoint)."""

from connector.catalogue import API_VERSION
from connector.catalogue.fields import Choice, DateTime, Id, List, Text, Url
from connector.catalogue.schemas.base import Payload, created_at, creator, metadata, updated_at


class WebhookEndpoint(Payload):
    """One workflow that listens to events."""

    id = Id("webhook_endpoint")
    api_version = Text("The version of Stora's API that the events follow.", API_VERSION)
    created_at = created_at("the webhook endpoint")
    creator = creator("the webhook endpoint")
    description = Text("What it is for.", "A new webhook endpoint", nullable=True)
    disabled_at = DateTime(
        "When it was disabled; empty while it is enabled.", "2025-02-22T14:41:00Z", nullable=True
    )
    event_types = List(
        Text("One event type.", "credit_note.created", picklist="event_types"),
        "The events it listens to.",
    )
    metadata = metadata("the webhook endpoint")
    name = Text("What it is called.", "My New Webhook", title="Endpoint name")
    secret = Text(
        "The key of the signatures; shown once, when the endpoint is created.",
        "01a9d2bc4f2301b5313a961ba198b0b900ea49478f9ba86fc8b409a5703a8131",
        nullable=True,
    )
    status = Choice(("enabled", "disabled"), "Whether events are sent to it.")
    updated_at = updated_at("the webhook endpoint")
    url = Url("Where events are sent.", "https://example.com/new_webhook")
