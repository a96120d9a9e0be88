"""The story of one delivery: from Stora to the workflow's answer, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from connector.errors import NotFound
from connector.flows.deliver import WHY_FAILED
from connector.flows.deliveries import its_event, joined_endpoint, one
from connector.flows.parts import Parts
from connector.flows.samples import TEST
from connector.flows.sent import Sent, sent
from connector.store.tables import attempts, deliveries, events, webhook_endpoints

ANSWERS: dict[int, str] = {
    400: "the workflow does not understand it",
    401: "the workflow asks for a sign-in",
    403: "the workflow does not let Unitwire in",
    404: "the builder knows no such workflow, or it is switched off",
    408: "the builder waited too long",
    409: "the builder sees a conflict",
    410: "the workflow no longer exists",
    413: "too large for the builder",
    429: "the builder asks to wait",
    500: "a fault inside the builder",
    502: "the builder cannot be reached behind its gateway",
    503: "the builder is not available for now",
    504: "the builder took too long behind its gateway",
}
"""What an answer means, in the words of whoever runs the workflow."""


TRIES = 30  # that a story tells


@dataclass(frozen=True)
class Try:
    """One attempt: `good` is whether it was taken, `told` what came of it.

    `head` is the status line of the answer and the headers that tell something, `answer` its first
    1,024 bytes as text; both are empty where none came.
    """

    number: int
    started_at: int
    duration_ms: int
    sent: Sent
    good: bool
    told: str
    head: str
    answer: str


@dataclass(frozen=True)
class Story:
    """One delivery with all that is known of it (times in ms).

    `probed` is whether its workflow fails so often that only one event is tried now and then.
    `tries` are the newest ones, in order; `earlier` is how many there were before them.
    """

    delivery: Row[Any]
    occurred_at: str | None
    received_at: int
    repeats: int
    body: bytes
    endpoint_name: str
    endpoint_url: str
    endpoint_status: str
    removed: bool
    paused: bool
    probed: bool
    tries: Sequence[Try]
    earlier: int
    is_test: bool

    @property
    def took_ms(self) -> int | None:
        """How long it took from Stora to the workflow, None while it has not arrived."""
        if self.delivery.status != "delivered":
            return None
        return int(self.delivery.finished_at - self.received_at)


def story_of(parts: Parts, connection_id: str, delivery_id: str) -> Story:
    """Return the story of a delivery; raises NotFound, for a foreign one as well."""
    joined = joined_endpoint().join(events, its_event())
    statement = (
        select(
            deliveries,
            events.c.occurred_at,
            events.c.received_at,
            events.c.repeats,
            events.c.body,
            webhook_endpoints.c.name,
            webhook_endpoints.c.url,
            webhook_endpoints.c.status.label("endpoint_status"),
            webhook_endpoints.c.deleted_at,
            webhook_endpoints.c.paused_at,
            webhook_endpoints.c.failing_since,
            webhook_endpoints.c.updated_at,
            webhook_endpoints.c.secret_sealed,
            webhook_endpoints.c.previous_secret_sealed,
            webhook_endpoints.c.previous_secret_until,
        )
        .select_from(joined)
        .where(*one(connection_id, delivery_id))
    )
    with parts.store.read() as c:
        row = c.execute(statement).first()
        if row is None:
            raise NotFound("There is no such delivery.")
        tries = c.execute(
            select(attempts)
            .where(attempts.c.connection_id == connection_id, attempts.c.delivery_id == delivery_id)
            .order_by(attempts.c.number.desc())
            .limit(TRIES)
        ).all()[::-1]
    body = bytes(row.body)
    return Story(
        delivery=row,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        repeats=row.repeats,
        body=body,
        endpoint_name=row.name,
        endpoint_url=row.url,
        endpoint_status=row.endpoint_status,
        removed=row.deleted_at is not None,
        paused=row.paused_at is not None,
        probed=row.failing_since is not None,
        tries=[
            Try(
                number=each.number,
                started_at=each.started_at,
                duration_ms=each.duration_ms,
                sent=sent(parts.vault, row, row.event_id, body, each.started_at),
                good=each.status is not None and 200 <= each.status < 300,
                told=told(each.status, each.error),
                head=bytes(each.answer_head or b"").decode("latin-1").replace("\r\n", "\n").strip(),
                answer=bytes(each.answer or b"").decode("utf-8", "replace"),
            )
            for each in tries
        ],
        earlier=tries[0].number - 1 if tries else 0,
        is_test=row.event_id.startswith(f"{TEST}_"),
    )


def told(status: int | None, error: str) -> str:
    """Return what came of an attempt, in one sentence."""
    if status is None:
        return WHY_FAILED.get(error, "The answer was not HTTP.")
    if 200 <= status < 300:
        return f"Taken, with {status}."
    meaning = ANSWERS.get(status)
    return f"Answered {status}: {meaning}." if meaning else f"Answered {status}."
