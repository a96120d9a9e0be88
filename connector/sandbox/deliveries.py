"""Deliveries as rows: queued, claimed, sent, tried again.

`pending` waits for its moment, `sending` is in a worker's hands, `delivered` got a 2xx, `failed`
used up its retries, `dropped` lost its endpoint (deleted, or disabled since).
What a killed process was sending is sent again: at least once.

Stora retries up to six times: after 1, 5 and 30 minutes (Stora page: guides/webhooks); the last
three steps are assumed to be 2, 6 and 24 hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connector.sandbox.faults import Faults
from connector.sandbox.state import State
from connector.world import iso

RETRIES_S = (60, 300, 1800, 7200, 21600, 86400)
HOLD_MS = 1000  # how long a delivery is held back for later ones to overtake it


@dataclass(frozen=True)
class Claimed:
    """A delivery in a worker's hands.

    `failures` counts the attempts it has behind it, `fault` is what its first shall do wrong.
    """

    seq: int
    operator: str
    event: str
    endpoint: str
    failures: int
    fault: str


@dataclass(frozen=True)
class Attempt:
    """What came of one POST; `status` is 0 when there was no answer, and `error` says why."""

    request_id: str
    at_ms: int
    status: int
    error: str = ""
    answer: str = ""
    fault: str = ""

    @property
    def received(self) -> bool:
        """Say whether the other side took it."""
        return 200 <= self.status < 300


def queue(
    state: State,
    faults: Faults,
    operator: str,
    events: Sequence[str],
    endpoints: Sequence[str],
    now_ms: int,
) -> None:
    """Make one delivery of each event to each endpoint, due now; each draws its fault."""
    rows = []
    for event in events:
        for endpoint in endpoints:
            drawn = faults.take_webhook()
            fault = drawn.kind if drawn else ""
            due_ms = now_ms + (HOLD_MS if fault == "reorder" else 0)
            rows.append((operator, event, endpoint, due_ms, fault))
    state.many(
        "INSERT INTO deliveries (operator, event, endpoint, status, due_ms, fault)"
        " VALUES (?, ?, ?, 'pending', ?, ?)",
        rows,
    )


def recover(state: State) -> None:
    """Take back what a former process was sending when it ended."""
    state.query("UPDATE deliveries SET status = 'pending' WHERE status = 'sending'")


def claim(state: State, now_ms: int) -> Claimed | None:
    """Take the delivery that has been due longest, if any is."""
    rows = state.query(
        "UPDATE deliveries SET status = 'sending' WHERE seq ="
        " (SELECT seq FROM deliveries WHERE status = 'pending' AND due_ms <= ?"
        " ORDER BY due_ms, seq LIMIT 1)"
        " RETURNING seq, operator, event, endpoint, failures, fault",
        (now_ms,),
    )
    return Claimed(*rows[0]) if rows else None


def next_due(state: State) -> int | None:
    """Return when the next pending delivery is due, in milliseconds since the epoch."""
    ((due_ms,),) = state.query("SELECT min(due_ms) FROM deliveries WHERE status = 'pending'")
    return None if due_ms is None else int(due_ms)


def drop(state: State, claimed: Claimed) -> None:
    """Give up a delivery that has nowhere to go."""
    state.query("UPDATE deliveries SET status = 'dropped' WHERE seq = ?", (claimed.seq,))


def finish(state: State, claimed: Claimed, attempts: Sequence[Attempt], speed: float) -> None:
    """Write down what came of a delivery; the last attempt decides whether it is tried again."""
    last = attempts[-1]
    failures = claimed.failures
    due_ms = last.at_ms
    if last.received:
        status = "delivered"
    elif failures < len(RETRIES_S):
        status = "pending"
        due_ms += int(RETRIES_S[failures] * 1000 / speed)
        failures += 1
    else:
        status = "failed"
        failures += 1
    with state.transaction():
        state.query(
            "UPDATE deliveries SET status = ?, due_ms = ?, failures = ? WHERE seq = ?",
            (status, due_ms, failures, claimed.seq),
        )
        state.many(
            "INSERT INTO attempts (delivery, request_id, at_ms, status, error, answer, fault)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    claimed.seq,
                    try_.request_id,
                    try_.at_ms,
                    try_.status,
                    try_.error,
                    try_.answer,
                    try_.fault,
                )
                for try_ in attempts
            ],
        )


def log(state: State, limit: int) -> list[dict[str, Any]]:
    """Return the newest deliveries with their attempts, newest first."""
    deliveries = state.query(
        "SELECT seq, operator, event, endpoint, status, due_ms FROM deliveries"
        " ORDER BY seq DESC LIMIT ?",
        (limit,),
    )
    oldest = deliveries[-1][0] if deliveries else 0
    attempts: dict[int, list[dict[str, Any]]] = {}
    for seq, request_id, at_ms, status, error, answer, fault in state.query(
        "SELECT delivery, request_id, at_ms, status, error, answer, fault FROM attempts"
        " WHERE delivery >= ? ORDER BY rowid",
        (oldest,),
    ):
        attempts.setdefault(seq, []).append(
            {
                "request_id": request_id,
                "at": iso(at_ms),
                "status": status or None,
                "error": error or None,
                "answer": answer,
                "fault": fault or None,
            }
        )
    return [
        {
            "id": seq,
            "operator": operator,
            "event_id": event,
            "endpoint_id": endpoint,
            "status": status,
            "next_attempt_at": iso(due_ms) if status == "pending" else None,
            "attempts": attempts.get(seq, []),
        }
        for seq, operator, event, endpoint, status, due_ms in deliveries
    ]
