"""What came of claimed deliveries: attempts and outcomes, written in one batch."""

from collections.abc import Sequence
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


SAVE_STATE = """
    UPDATE deliveries SET status = :status, reason = :reason, due = :due, lease = NULL,
      last_status = :answer_status, finished_at = :finished_at
    WHERE connection_id = :connection_id AND id = :delivery_id AND lease = :lease
"""

SAVE_ATTEMPT = """
    INSERT INTO attempts
      (connection_id, delivery_id, number, started_at, duration_ms, status, error, answer_head,
       answer)
    VALUES
      (:connection_id, :delivery_id, :attempt, :started_at, :duration_ms, :answer_status, :error,
       :answer_head, :answer)
    ON CONFLICT DO NOTHING
"""


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
        states = [result._asdict() for result in results]
        tries = [values for values in states if values["attempt"]]
        if states:
            cursor.executemany(self._save_state, states)
        if tries:
            cursor.executemany(self._save_attempt, tries)
