"""Twenty at once: a code or a refresh token leaves at most one live token behind."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import stage

from connector.store.tables import token_families, tokens

MANY = 20


def at_once(act: Callable[[], Any]) -> list[int]:
    """Do the same from many threads at the same moment; return the statuses."""
    gate = threading.Barrier(MANY)

    def run(_: int) -> int:
        gate.wait(30)
        return int(act().status_code)

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(run, range(MANY)))


def test_a_code_is_spent_once(builder: Any) -> None:
    """One of twenty gets tokens, and those end, because the code was used twice."""
    code = builder.code()
    statuses = at_once(lambda: builder.exchange(code))
    assert sorted(statuses) == [200] + [400] * (MANY - 1)
    [family] = stage.rows(builder.parts, token_families)
    assert family.revoked_at is not None


def test_a_refresh_token_leaves_one_leaf(builder: Any) -> None:
    """All twenty are served within the grace, and one refresh token is live afterwards."""
    given = builder.connect()
    statuses = at_once(lambda: builder.refresh(given["refresh_token"]))
    assert statuses == [200] * MANY
    live = [
        row
        for row in stage.rows(builder.parts, tokens)
        if row.kind == "refresh" and row.spent_at is None
    ]
    assert len(live) == 1
    [family] = stage.rows(builder.parts, token_families)
    assert family.revoked_at is None
