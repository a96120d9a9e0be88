"""What builders may send about a webhook endpoint (Stora page: Create a Webhook Endpoint).

Unknown fields are refused, every fault is told at once, and lengths are checked before anything
takes time.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, validate

from connector.catalogue import API_VERSION
from connector.catalogue.events import EVENT_TYPES
from connector.catalogue.fields import List, LongText, Metadata, Text, Url
from connector.errors import InvalidContent
from connector.flows import target
from connector.flows.endpoints import STATUSES
from connector.web.api import parts
from connector.web.queries import ByMetadata, Pages, Several

MAX_NAME = 255
MAX_DESCRIPTION = 2000
MAX_EVENT_TYPES = 2 * len(EVENT_TYPES)  # one named twice counts once

_METADATA_EXAMPLE = {"source": "zapier", "external_id": "abc_123"}


def not_blank(text: str) -> None:
    """Raise ValidationError for a text of nothing but spaces."""
    if text.isspace():
        raise ValidationError("Must not be blank.")


class TargetUrl(Url):
    """Where events are sent, as the target guard reads it; loaded in its one spelling."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            "The URL to which the webhook payloads will be delivered.",
            "https://example.com/new_webhook",
            **options,
        )
        self.metadata = {**self.metadata, "pattern": "^https://", "maxLength": target.MAX_URL}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        Text("").check(value)
        try:
            return target.parse(value, parts().allow).url
        except InvalidContent as refused:
            raise ValidationError([fault["message"] for fault in refused.details]) from None


class EventTypes(List):
    """At least one of the event types; one named twice counts once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            Text("An event type.", EVENT_TYPES[0], validate=validate.OneOf(EVENT_TYPES)),
            "The event types that the webhook endpoint will listen to.",
            example=["credit_note.created"],
            validate=validate.Length(1, MAX_EVENT_TYPES),
            **options,
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[Any]:
        if isinstance(value, list) and len(value) > MAX_EVENT_TYPES:
            raise ValidationError(f"Must have at most {MAX_EVENT_TYPES} items.")
        return super()._deserialize(value, attr, data, **kwargs)


def _name(**options: Any) -> Text:
    field = Text(
        "The name of the webhook endpoint.",
        "My New Webhook",
        validate=[not_blank, validate.Length(1, MAX_NAME)],
        **options,
    )
    field.metadata = {**field.metadata, "pattern": r"\S"}
    return field


def _description() -> LongText:
    return LongText(
        "What the webhook endpoint is for.",
        "A new webhook endpoint",
        nullable=True,
        validate=validate.Length(max=MAX_DESCRIPTION),
    )


class CreateEndpoint(Schema):
    """A new webhook endpoint."""

    name = _name(required=True)
    api_version = Text(
        "The version of Stora's API that the events follow.",
        API_VERSION,
        validate=validate.OneOf([API_VERSION]),
        required=True,
    )
    url = TargetUrl(required=True)
    event_types = EventTypes(required=True)
    description = _description()
    metadata = Metadata(
        "Your own keys and texts. `source` is the platform and `external_id` its id of the "
        "workflow: the same two again are the same webhook endpoint.",
        _METADATA_EXAMPLE,
    )


class ChangeEndpoint(Schema):
    """What changes about a webhook endpoint; what is left out stays."""

    name = _name()
    description = _description()
    url = TargetUrl()
    event_types = EventTypes()
    metadata = Metadata(
        "Keys that change; null removes one, and {} removes all but source and external_id.",
        _METADATA_EXAMPLE,
        patch=True,
    )


class ListEndpoints(Pages, ByMetadata):
    """Which webhook endpoints, in which order."""

    sort_by = Text("By what.", "created_at", validate=validate.OneOf(["created_at"]))
    sort_direction = Text(
        "Newest first (DESC) or oldest first (ASC).",
        "DESC",
        validate=validate.OneOf(["ASC", "DESC"]),
        load_default="DESC",
    )
    status = Several(STATUSES, "Only those with this status")
