"""The one way every flow talks to Stora: valid token, rate budget, patience, clear errors.

The budget is one row for each connection, taken by a short transaction, so that all processes
share it (law 13). A 429 of Stora's blocks that row until Stora says, for everybody.

What is repeated by itself, within the wait: a GET, and a POST with an `idempotency_key` whose
answer was lost (the same key: Stora then returns what it did, or does it now).
What is not: a POST that Stora answered with an error. Stora keeps that answer under its key for
24 hours and would repeat it, so a new attempt needs a fresh key, and whether to make one is the
caller's to decide (law 14).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, text, update

from connector.errors import NeedsReauth, StoraUnavailable, TooManyRequests
from connector.flows import refresh
from connector.flows.parts import Parts
from connector.stora import budget
from connector.stora.budget import Lane, Left, Limit
from connector.stora.client import DEADLINE_S
from connector.stora.wire import JSON, Answer
from connector.store.tables import budgets
from connector.world import monotonic, now_ms, sleep

ACTION_WAIT_S = 10.0
PAUSES_S = (0.25, 1.0)  # before the second and the third attempt
BACKOFF_S = 1.0  # after the first 429 that does not say when to come back; then doubled
LONGEST_BACKOFF_S = 60.0
AGAIN_S = 5.0
REFUSED_NEW = "Stora refused a token that it had just given. Nothing was changed there; try again."


def call_stora(
    parts: Parts,
    connection_id: str,
    method: str,
    path: str,
    *,
    json: object = None,
    params: Mapping[str, Any] | None = None,
    idempotency_key: str | None = None,
    accept: str = JSON,
    lane: Lane = "action",
    wait_s: float = ACTION_WAIT_S,
    answer_s: float = DEADLINE_S,
    repeats: bool = True,
) -> Answer:
    """Call Stora for a connection; waits for budget and begins repeats within `wait_s` seconds.

    It may last `answer_s` longer, for the last answer, and 16 s more where a token has to be
    renewed. Without `repeats`, a failure is never tried again here, so that what is raised tells of
    one attempt.
    Raises NotFound, NeedsReauth, Forbidden, Conflict, StoraRefused; TooManyRequests with an honest
    `retry_after`; StoraUnavailable, whose `lost` says whether Stora may have done it all the same.
    """
    until = monotonic() + wait_s
    pauses = iter(PAUSES_S)
    backoff = BACKOFF_S
    stale: str | None = None
    while True:
        left = max(0.0, until - monotonic())
        token = refresh.access_token(parts, connection_id, stale=stale, wait_s=left)
        _spend(parts, connection_id, lane, until)
        left = until + answer_s - monotonic()
        if left <= 0:
            raise StoraUnavailable
        try:
            return parts.stora.call(
                token,
                method,
                path,
                json=json,
                params=params,
                idempotency_key=idempotency_key,
                deadline_s=min(left, DEADLINE_S),
                accept=accept,
            )
        except NeedsReauth:
            if stale is not None:  # whether the grant is over, only the token endpoint can say
                raise StoraUnavailable(REFUSED_NEW, retry_after=AGAIN_S) from None
            stale = token
        except TooManyRequests as refused:
            wait = max(refused.retry_after or backoff, BACKOFF_S)
            backoff = min(backoff * 2, LONGEST_BACKOFF_S)
            _block(parts, connection_id, wait)
        except StoraUnavailable as problem:
            repeatable = method == "GET" or (idempotency_key is not None and problem.lost)
            pause = next(pauses, None)
            if not (repeats and repeatable) or pause is None or monotonic() + pause > until:
                raise
            sleep(pause)


# ---- the budget, shared by all processes -------------------------------------------------------


def limits_of(parts: Parts) -> Sequence[Limit]:
    """Return the limits that are kept; none in a load test."""
    settings = parts.settings
    if not settings.rate_limits:
        return ()
    return budget.limits(settings.stora_per_second, settings.stora_per_minute)


def join_budget(c: Connection, connection_id: str, state: str) -> None:
    """Add the calls that were made before it was known for which connection, in `c`."""
    _save(c, connection_id, budget.join(_locked(c, connection_id), state))


def budget_left(parts: Parts, connection_id: str) -> Left:
    """Return what is left of a connection's budget just now."""
    with parts.store.read() as c:
        state = c.execute(
            select(budgets.c.state).where(budgets.c.connection_id == connection_id)
        ).scalar()
    return budget.left(str(state or budget.EMPTY), now_ms(), limits_of(parts))


def _spend(parts: Parts, connection_id: str, lane: Lane, until: float) -> None:
    """Take one call from the budget, waiting until the moment `until` at most."""
    limits = limits_of(parts)
    while wait_ms := _change(
        parts, connection_id, lambda state, now: budget.take(state, now, lane, limits)
    ):
        if monotonic() + wait_ms / 1000 > until:
            raise TooManyRequests(
                "The calls that Stora allows this connection are used up for the moment. "
                "Wait and try again.",
                retry_after=wait_ms / 1000,
            )
        sleep(wait_ms / 1000)


def _block(parts: Parts, connection_id: str, wait_s: float) -> None:
    """Let nobody call for this connection for `wait_s` seconds."""
    _change(
        parts, connection_id, lambda state, now: (budget.block(state, now, int(wait_s * 1000)), 0)
    )


def _change(parts: Parts, connection_id: str, change: Callable[[str, int], tuple[str, int]]) -> int:
    """Replace the state by what `change(state, now)` makes of it; return its second value."""
    with parts.store.begin() as c:
        old = _locked(c, connection_id)
        new, result = change(old, now_ms())
        if new != old:
            _save(c, connection_id, new)
    return result


def _save(c: Connection, connection_id: str, state: str) -> None:
    c.execute(
        update(budgets)
        .where(budgets.c.connection_id == connection_id)
        .values(state=state, updated_at=now_ms())
    )


def _locked(c: Connection, connection_id: str) -> str:
    """Return the state, locked till the end of the transaction; made if there is none."""
    wanted = (
        select(budgets.c.state).where(budgets.c.connection_id == connection_id).with_for_update()
    )
    state = c.execute(wanted).scalar_one_or_none()
    if state is None:
        c.execute(
            text(
                "INSERT INTO budgets (connection_id, state, updated_at) VALUES (:id, :state, 0) "
                "ON CONFLICT DO NOTHING"
            ),
            {"id": connection_id, "state": budget.EMPTY},
        )
        state = c.execute(wanted).scalar_one()
    return str(state)
