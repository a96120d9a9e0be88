"""Twenty at once: a code or a refresh token leaves at most one live token behind."""

from typing import Any

import stage
from parallel import at_once

from connector.store.tables import token_families, tokens

MANY = 20


def test_a_code_is_spent_once(builder: Any) -> None:
    """One of twenty gets tokens, and those end, because the code was used twice."""
    code = builder.code()
    statuses = at_once(MANY, lambda _: builder.exchange(code).status_code)
    assert sorted(statuses) == [200] + [400] * (MANY - 1)
    [family] = stage.rows(builder.parts, token_families)
    assert family.revoked_at is not None


def test_a_refresh_token_leaves_one_leaf(builder: Any) -> None:
    """All twenty are served within the grace, and one refresh token is live afterwards."""
    given = builder.connect()
    statuses = at_once(MANY, lambda _: builder.refresh(given["refresh_token"]).status_code)
    assert statuses == [200] * MANY
    live = [
        row
        for row in stage.rows(builder.parts, tokens)
        if row.kind == "refresh" and row.spent_at is None
    ]
    assert len(live) == 1
    [family] = stage.rows(builder.parts, token_families)
    assert family.revoked_at is None
