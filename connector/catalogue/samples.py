"""Believable events and resources, made from the examples in the descriptions.

A resource begins as the examples of its fields; all its moments move along with the moment of the
event; then `situations` makes it agree with what the event type says has happened.
Every sample is deterministic: the same arguments give the same result, in the same order.
"""

import hashlib
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from marshmallow import ValidationError

from connector import world
from connector.catalogue import API_VERSION, CURIES
from connector.catalogue.describe import Field, describe
from connector.catalogue.events import EVENT
from connector.catalogue.fields import DateTime
from connector.catalogue.paths import put
from connector.catalogue.schemas import RESOURCES
from connector.catalogue.schemas.base import SAMPLE_AT
from connector.catalogue.situations import moved, settle
from connector.errors import InvalidContent


def sample(
    event_type: str,
    *,
    at: str | int = SAMPLE_AT,
    event_id: str | None = None,
    overrides: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """Return the body that is delivered for one event of `event_type`.

    `at` is the moment of the event: ISO 8601 text, or milliseconds since the epoch.
    `overrides` change the resource: a dotted path that begins with its name, such as
    `invoice.status` or `invoice.line_items.0.quantity`, to a value.

    Raises InvalidContent for an unknown event type, a moment that is none, and a path that leads
    nowhere.
    """
    if event_type not in EVENT:
        raise _invalid("event_type", f"There is no event type {event_type!r}.")
    moment = _moment(at)
    resource = EVENT[event_type].resource
    data = {resource: _resource(resource, event_type, moment)}
    for path, value in (overrides or {}).items():
        put(data, path, value)
    return envelope(event_type, data, at=moment, event_id=event_id)


def envelope(
    event_type: str, data: dict[str, Any], *, at: str | int = SAMPLE_AT, event_id: str | None = None
) -> dict[str, Any]:
    """Return the body of an event around `data`, which is `{<resource>: {…}}`.

    Any event type is taken, also one that this version does not know.
    Without `event_id`, the id follows from the type and the moment.
    """
    moment = _moment(at)
    digest = hashlib.sha256(f"{event_type} {moment}".encode()).hexdigest()
    return {
        "event": {
            "id": event_id or f"evt_{digest[:16]}",
            "type": event_type,
            "api_version": API_VERSION,
            "created_at": moment,
            "data": data,
            "meta": {"curies": deepcopy(list(CURIES))},
        }
    }


def resource_sample(resource: str, *, at: str | int = SAMPLE_AT) -> dict[str, Any]:
    """Return one `resource`, a key of RESOURCES, as Stora shows it at the moment `at`."""
    return _resource(resource, resource, _moment(at))


def _resource(resource: str, occasion: str, at: str) -> dict[str, Any]:
    fields = describe(RESOURCES[resource])
    shift = datetime.fromisoformat(at) - datetime.fromisoformat(SAMPLE_AT)
    made = {field.key: _example(field, field.example, shift) for field in fields}
    settle(made, fields, occasion, at)
    return made


def _example(field: Field, value: object, shift: timedelta) -> object:
    """Return a copy of `value`, an example of `field`, with all its moments moved by `shift`."""
    if isinstance(value, list):
        return [_example(field, item, shift) for item in value]
    if isinstance(value, dict):
        parts = {part.key: part for part in field.children}
        return {
            key: _example(parts[key], part, shift) if key in parts else part
            for key, part in value.items()
        }
    if field.kind == "date_time" and isinstance(value, str):
        return moved(value, shift)
    return value


def _moment(at: str | int) -> str:
    """Return `at` in Stora's form."""
    try:
        text = world.iso(at) if isinstance(at, int) else at
        DateTime("").check(text)
        # A sample reaches months around its moment; those must be dates as well.
        if not "1970" <= str(text)[:4] < "9999":
            raise ValidationError("The year must lie between 1970 and 9998.")
        return moved(str(text), timedelta(0))
    except (ValidationError, ValueError, OverflowError) as error:
        raise _invalid("at", f"The moment {at!r} cannot be used: {error}") from None


def _invalid(key: str, message: str) -> InvalidContent:
    return InvalidContent(message, details=[{"pointer": f"/{key}", "message": message}])
