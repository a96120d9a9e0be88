"""The log of deliveries, and sending again: one by id, or many by filter with a preview."""

import re
from datetime import datetime
from typing import Any

from flask import Response
from marshmallow import Schema, ValidationError, fields, validate

from connector.catalogue.fields import Boolean
from connector.dialect.answers import answer
from connector.flows import deliveries as flow
from connector.flows.deliveries import STATUSES, Filter
from connector.web.api import blueprint, caller, many, meta, one, parts, requires

deliveries = blueprint("deliveries", "What was sent to workflows, and what came of it")

READ, WRITE = "public.webhook_endpoint:read", "public.webhook_endpoint:write"
MAX_PAGE = 1_000_000
WORD = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
DIGITS = re.compile(r"[0-9]{1,7}")


class Word(fields.Field[str]):
    """An id or an event type; one that no such thing can have matches nothing."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not (isinstance(value, str) and WORD.fullmatch(value)):
            raise ValidationError(f"`{attr}` is not an id or an event type")
        return value


class Number(fields.Integer):
    """A whole number in a query, in ASCII digits only."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if not (isinstance(value, str) and DIGITS.fullmatch(value)):
            raise ValidationError(f"`{attr}` is not a positive integer")
        return int(value)


class Moment(fields.Field[int]):
    """An ISO 8601 moment with an offset, as milliseconds since the epoch."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise ValueError
            return int(moment.timestamp() * 1000)
        except (ValueError, TypeError, OverflowError):
            raise ValidationError(
                f"`{attr}` is not a moment such as 2025-02-22T14:41:00Z"
            ) from None


class Statuses(fields.Field[tuple[str, ...]]):
    """Several statuses in one parameter, separated by commas."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> tuple[str, ...]:
        found = tuple(value.split(",")) if isinstance(value, str) else ()
        if not found or any(status not in STATUSES for status in found):
            raise ValidationError(f"`{attr}` is not one of: {', '.join(STATUSES)}")
        return found


class FilterQuery(Schema):
    """Which deliveries are meant."""

    status = Statuses(metadata={"description": "One or several of " + ", ".join(STATUSES)})
    endpoint_id = Word(metadata={"description": "Of this webhook endpoint"})
    event_id = Word(metadata={"description": "Of this event"})
    event_type = Word(metadata={"description": "Of this event type"})
    created_after = Moment(metadata={"description": "Received at this moment or later"})
    created_before = Moment(metadata={"description": "Received before this moment"})


class ListQuery(FilterQuery):
    """Which deliveries, and which page of them."""

    page = Number(load_default=1, validate=validate.Range(1, MAX_PAGE))
    limit = Number(load_default=50, validate=validate.Range(1, 100))


class ReplayBody(FilterQuery):
    """Which deliveries to send again; with `preview` they are only counted."""

    preview = Boolean("Only count what would be sent again", load_default=False)


def filter_of(query: dict[str, Any]) -> Filter:
    """Return the filter that a query or body describes."""
    return Filter(
        statuses=query.get("status", ()),
        endpoint_id=query.get("endpoint_id"),
        event_id=query.get("event_id"),
        event_type=query.get("event_type"),
        created_after=query.get("created_after"),
        created_before=query.get("created_before"),
    )


@deliveries.route("/deliveries", methods=["GET"])
@requires(READ)
@deliveries.arguments(ListQuery, location="query")
def list_deliveries(query: dict[str, Any]) -> Response:
    """List deliveries, newest first."""
    page, limit = query["page"], query["limit"]
    found, count = flow.list_deliveries(
        parts(), caller().connection_id, filter_of(query), page=page, limit=limit
    )
    return many("deliveries", found, count, page, limit)


@deliveries.route("/deliveries/<delivery_id>", methods=["GET"])
@requires(READ)
def show_delivery(delivery_id: str) -> Response:
    """Show one delivery with its attempts."""
    return one("delivery", flow.show_delivery(parts(), caller().connection_id, delivery_id))


@deliveries.route("/deliveries/<delivery_id>/replay", methods=["POST"])
@requires(WRITE)
def replay_delivery(delivery_id: str) -> Response:
    """Send one delivery again, under the same event id."""
    return one("delivery", flow.replay(parts(), caller().connection_id, delivery_id), 202)


@deliveries.route("/deliveries/replay", methods=["POST"])
@requires(WRITE)
@deliveries.arguments(ReplayBody)
def replay_deliveries(body: dict[str, Any]) -> Response:
    """Send all deliveries of a filter again, or count them first with `preview`."""
    preview = body["preview"]
    count = flow.replay_many(parts(), caller().connection_id, filter_of(body), preview=preview)
    return answer({"replay": {"count": count, "preview": preview}, "meta": meta()}, 202)
