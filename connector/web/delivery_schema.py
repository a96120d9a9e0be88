"""How a delivery, its attempts and a replay look in the OpenAPI document."""

from typing import Any

from connector.catalogue.json_schema import JsonSchema
from connector.flows.deliveries import STATUSES

_TEXT = {"type": "string"}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_NUMBER = {"type": "integer"}
_PERHAPS = {"type": ["string", "null"]}


def _object(**properties: Any) -> JsonSchema:
    return {"type": "object", "properties": properties, "required": list(properties)}


DELIVERY = _object(
    id=_TEXT,
    attempt_count=_NUMBER,
    created_at=_MOMENT,
    endpoint=_object(id=_TEXT),
    event=_object(id=_TEXT, type=_TEXT, created_at=_PERHAPS),
    finished_at=_MOMENT,
    last_answer_status={"type": ["integer", "null"]},
    next_attempt_at=_MOMENT,
    reason=_PERHAPS,
    repeats=_NUMBER,
    status={"type": "string", "enum": list(STATUSES)},
)
ATTEMPT = _object(
    number=_NUMBER,
    started_at=_MOMENT,
    duration_ms=_NUMBER,
    status={"type": ["integer", "null"]},
    error=_PERHAPS,
    answer_head=_TEXT,
    answer=_TEXT,
)
WITH_ATTEMPTS = DELIVERY | {
    "properties": DELIVERY["properties"] | {"attempts": {"type": "array", "items": ATTEMPT}}
}
REPLAY = _object(count=_NUMBER, preview={"type": "boolean"})
