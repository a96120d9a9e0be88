"""The log of deliveries, and sending again: one by id, or many by filter with a preview."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response
from marshmallow import Schema, ValidationError, fields

from connector.catalogue.fields import Boolean
from connector.dialect.answers import answer
from connector.flows import deliveries as flow
from connector.flows.deliveries import STATUSES, Filter
from connector.flows.delivery_page import list_deliveries as page_of
from connector.web.api import Name, blueprint, caller, many, meta, one, parts, requires
from connector.web.delivery_schema import DELIVERY, REPLAY, WITH_ATTEMPTS
from connector.web.documents import many_of, one_of
from connector.web.queries import Pages, Several
from connector.web.webhook_endpoints import READ, WRITE

deliveries = blueprint("deliveries", "What was sent to workflows, and what came of it")

WORD = re.compile(Name.regex)
_WORD = {"pattern": f"^{Name.regex}$"}


class Word(fields.Field[str]):
    """An id or an event type."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not (isinstance(value, str) and WORD.fullmatch(value)):
            raise ValidationError("Must be an id or an event type.")
        return value


class Moment(fields.Field[int]):
    """An ISO 8601 moment with an offset, read as milliseconds since the epoch."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise ValueError
            return int(moment.timestamp() * 1000)
        except (ValueError, TypeError, OverflowError):
            raise ValidationError("Must be a moment such as 2025-02-22T14:41:00Z.") from None


def _told(what: str, **more: str) -> dict[str, Any]:
    return {"metadata": {"type": "string", "description": what, **more}}


class Which(Schema):
    """Which deliveries are meant; all conditions hold."""

    status = Several(STATUSES, "Only in these states")
    endpoint_id = Word(**_told("Only those to this webhook endpoint.", **_WORD))
    event_id = Word(**_told("Only those of this event.", **_WORD))
    event_type = Word(**_told("Only those of this event type.", **_WORD))
    created_after = Moment(**_told("Received at this moment or later.", format="date-time"))
    created_before = Moment(**_told("Received before this moment.", format="date-time"))


class ListQuery(Which, Pages):
    """Which deliveries, and which page of them."""


class ReplayBody(Which):
    """Which deliveries to send again."""

    preview = Boolean("Whether to count them only.", load_default=False)


def _filter(given: Mapping[str, Any]) -> Filter:
    return Filter(
        statuses=given.get("status", ()),
        endpoint_id=given.get("endpoint_id"),
        event_id=given.get("event_id"),
        event_type=given.get("event_type"),
        created_after=given.get("created_after"),
        created_before=given.get("created_before"),
    )


@deliveries.route("/deliveries", methods=["GET"])
@requires(READ)
@deliveries.arguments(ListQuery, location="query")
@deliveries.response(200, many_of("deliveries", DELIVERY))
def list_deliveries(query: dict[str, Any]) -> Response:
    """List deliveries, newest first."""
    page, limit = query["page"], query["limit"]
    found, count = page_of(parts(), caller().connection_id, _filter(query), page=page, limit=limit)
    return many("deliveries", found, count, page, limit)


@deliveries.route("/deliveries/<delivery_id>", methods=["GET"])
@requires(READ)
@deliveries.response(200, one_of("delivery", WITH_ATTEMPTS))
def show_delivery(delivery_id: str) -> Response:
    """Show one delivery with its attempts."""
    return one("delivery", flow.show_delivery(parts(), caller().connection_id, delivery_id))


@deliveries.route("/deliveries/<delivery_id>/replay", methods=["POST"])
@requires(WRITE)
@deliveries.response(202, one_of("delivery", WITH_ATTEMPTS))
def replay_delivery(delivery_id: str) -> Response:
    """Send one delivery again, under the same event id."""
    return one("delivery", flow.replay(parts(), caller().connection_id, delivery_id), 202)


@deliveries.route("/deliveries/replay", methods=["POST"])
@requires(WRITE)
@deliveries.arguments(ReplayBody)
@deliveries.response(202, one_of("replay", REPLAY))
def replay_deliveries(body: dict[str, Any]) -> Response:
    """Send all deliveries of a filter again; with `preview`, say how many that would be."""
    preview = body["preview"]
    count = flow.replay_many(parts(), caller().connection_id, _filter(body), preview=preview)
    return answer({"replay": {"count": count, "preview": preview}, "meta": meta()}, 202)
