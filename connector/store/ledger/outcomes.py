"""What came of claimed deliveries: attempts and outcomes, written in one batch."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from connector.store.db import Store


class Result(NamedTuple):
    """What one attempt came to: its row in the log, and the delivery's new state (times in ms).

    `attempt` 0 means that nothing was sent. `lease` must still be the delivery's: a dispatcher
    that was frozen while another took over changes nothing (fencing).
    """

    connection_id: str
    delivery_id: str
    lease: str
    attempt: int
    started_at: int
    duration_ms: int
    answer_status: int | None
    error: str
    answer_head: bytes
    answer: bytes
    status: str
    reason: str | None
    due: int | None
    finished_at: int | None


# Values are bound by their place, which costs SQLite's driver less than their names do.
SAVE_STATE = """
    UPDATE deliveries
    SET status = ?, reason = ?, due = ?, lease = NULL, last_status = ?, finished_at = ?
    WHERE connection_id = ? AND id = ? AND lease = ?
"""
_STATE = attrgetter(
    *("status", "reason", "due", "answer_status", "finished_at"),
    *("connection_id", "delivery_id", "lease"),
)

SAVE_ATTEMPT = """
    INSERT INTO attempts
      (connection_id, delivery_id, number, started_at, duration_ms, status, error, answer_head,
       answer)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""
_ATTEMPT = attrgetter(
    *("connection_id", "delivery_id", "attempt", "started_at", "duration_ms", "answer_status"),
    *("error", "answer_head", "answer"),
)


class Outcomes:
    """The log of attempts and the state of deliveries, on one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._save_state = store.sql(SAVE_STATE)
        self._save_attempt = store.sql(SAVE_ATTEMPT)

    def save(self, results: Sequence[Result]) -> None:
        """Write what came of claimed deliveries: attempts always, states only under the lease."""
        self._store.write(lambda cursor: self.write(cursor, results))

    def write(self, cursor: Any, results: Sequence[Result]) -> None:
        """Do the same as a part of the cursor's transaction."""
        tries = [_ATTEMPT(result) for result in results if result.attempt]
        if results:
            cursor.executemany(self._save_state, [_STATE(result) for result in results])
        if tries:
            cursor.executemany(self._save_attempt, tries)
