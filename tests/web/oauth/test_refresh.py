"""A refresh token is good once; used again it ends everything, except in the moment after."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stage
import time_machine
from sqlalchemy import update

from connector.flows.tokens import GRACE_MS, REFRESH_MS
from connector.store.tables import audit, connections, token_families, tokens


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The clock stands still until a test moves it."""
    with time_machine.travel(1_800_000_000, tick=False) as traveller:
        yield traveller


def leaves(builder: Any) -> int:
    """Return how many refresh tokens could be used now."""
    dead = {row.id for row in stage.rows(builder.parts, token_families) if row.revoked_at}
    return sum(
        row.kind == "refresh" and row.spent_at is None and row.family_id not in dead
        for row in stage.rows(builder.parts, tokens)
    )


def test_a_refresh_gives_a_new_pair(builder: Any) -> None:
    """RFC 9700 section 4.14.2: the refresh token rotates with every use, for every client."""
    first = builder.connect()
    second = builder.refresh(first["refresh_token"]).json
    assert second.keys() == first.keys()
    assert second["refresh_token"] != first["refresh_token"]
    assert builder.works(second["access_token"])
    assert leaves(builder) == 1


def test_an_access_token_survives_the_refresh(builder: Any) -> None:
    """Requests under way do not fail because another process of the builder refreshed."""
    first = builder.connect()
    builder.refresh(first["refresh_token"])
    assert builder.works(first["access_token"])


def test_a_lost_answer_can_be_asked_for_again(builder: Any, clock: Any) -> None:
    """Sixty seconds after it was spent, a refresh token gives a sibling of the same family."""
    first = builder.connect()
    lost = builder.refresh(first["refresh_token"]).json
    clock.shift(GRACE_MS / 1000)
    again = builder.refresh(first["refresh_token"])
    assert again.status_code == 200
    assert leaves(builder) == 1
    assert len(stage.rows(builder.parts, token_families)) == 1
    assert builder.works(lost["access_token"])


def test_a_moment_later_it_ends_the_family(
    builder: Any, clock: Any, refused: Callable[..., None]
) -> None:
    """A millisecond after the window, the same use revokes everything of that consent."""
    first = builder.connect()
    second = builder.refresh(first["refresh_token"]).json
    clock.shift((GRACE_MS + 1) / 1000)
    refused(builder.refresh(first["refresh_token"]), "invalid_grant")
    assert leaves(builder) == 0
    for tokens_ in (first, second):
        assert not builder.works(tokens_["access_token"])
    refused(builder.refresh(second["refresh_token"]), "invalid_grant")
    [family] = stage.rows(builder.parts, token_families)
    assert "used again" in family.revoked_reason
    assert stage.rows(builder.parts, audit)[-1].action == "token.revoked"


def test_the_window_is_not_prolonged_by_using_it(
    builder: Any, clock: Any, refused: Callable[..., None]
) -> None:
    """The sixty seconds count from the first use."""
    first = builder.connect()
    builder.refresh(first["refresh_token"])
    clock.shift(40)
    assert builder.refresh(first["refresh_token"]).status_code == 200
    clock.shift(21)
    refused(builder.refresh(first["refresh_token"]), "invalid_grant")


def test_only_the_newest_sibling_stays(
    builder: Any, clock: Any, refused: Callable[..., None]
) -> None:
    """The older sibling is spent: used after the window, it ends the family."""
    first = builder.connect()
    older = builder.refresh(first["refresh_token"]).json
    newer = builder.refresh(first["refresh_token"]).json
    assert leaves(builder) == 1
    clock.shift((GRACE_MS + 1) / 1000)
    refused(builder.refresh(older["refresh_token"]), "invalid_grant")
    refused(builder.refresh(newer["refresh_token"]), "invalid_grant")


def test_a_parent_whose_child_was_used_is_reuse_even_at_once(
    builder: Any, clock: Any, refused: Callable[..., None]
) -> None:
    """When the answer has evidently arrived, the window is shut."""
    first = builder.connect()
    second = builder.refresh(first["refresh_token"]).json
    builder.refresh(second["refresh_token"])
    refused(builder.refresh(first["refresh_token"]), "invalid_grant")
    assert leaves(builder) == 0


def test_a_long_chain_stays_one_leaf(builder: Any) -> None:
    """However often a builder refreshes in time, there is one family and one live token."""
    given = builder.connect()
    for _ in range(5):
        given = builder.refresh(given["refresh_token"]).json
    assert leaves(builder) == 1
    assert builder.works(given["access_token"])


def test_a_refresh_token_is_bound_to_its_client(
    make_builder: Any, refused: Callable[..., None]
) -> None:
    """RFC 6749 section 6: another client cannot use it, nor end the family by trying."""
    zapier, other = make_builder(), make_builder()
    given = zapier.connect()
    refused(other.refresh(given["refresh_token"]), "invalid_grant")
    assert zapier.refresh(given["refresh_token"]).status_code == 200


def test_a_refresh_may_narrow_the_scopes_for_one_access_token(builder: Any) -> None:
    """RFC 6749 section 6: a part may be asked for; the refresh token keeps the whole."""
    given = builder.connect()
    part = builder.refresh(given["refresh_token"], scope="public.contact:read").json
    assert part["scope"] == "public.contact:read"
    assert builder.info(part["access_token"]).json["scope"] == ["public.contact:read"]
    assert builder.refresh(part["refresh_token"]).json["scope"] == given["scope"]


def test_a_refresh_never_widens_the_scopes(builder: Any, refused: Callable[..., None]) -> None:
    """RFC 6749 section 6: what was not granted is an invalid scope, and nothing is spent."""
    given = builder.connect(scope="public.contact:read")
    wider = "public.contact:read public.deal:write"
    refused(builder.refresh(given["refresh_token"], scope=wider), "invalid_scope")
    assert builder.refresh(given["refresh_token"]).json["scope"] == "public.contact:read"


def test_a_connection_that_may_less_gives_less(builder: Any, refused: Callable[..., None]) -> None:
    """Tokens are never wider than the connection is now, new ones and old ones."""
    given = builder.connect()

    def hold(scopes: str) -> None:
        with builder.parts.store.begin() as c:
            c.execute(update(connections).values(scopes=scopes))

    hold("public.contact:read public.site:read")
    assert builder.info(given["access_token"]).json["scope"] == ["public.contact:read"]
    assert builder.refresh(given["refresh_token"]).json["scope"] == "public.contact:read"
    hold("public.site:read")
    refused(builder.refresh(given["refresh_token"]), "invalid_scope")


def test_an_idle_refresh_token_expires_after_a_year(
    builder: Any, clock: Any, refused: Callable[..., None]
) -> None:
    """RFC 9700 section 4.14.2: inactivity ends a refresh token, to the millisecond."""
    early, late = builder.connect(), builder.connect()
    clock.shift(REFRESH_MS / 1000 - 0.001)
    assert builder.refresh(early["refresh_token"]).status_code == 200
    clock.shift(0.001)
    refused(builder.refresh(late["refresh_token"]), "invalid_grant")


def test_an_access_token_is_no_refresh_token(builder: Any, refused: Callable[..., None]) -> None:
    """The two kinds are not taken for one another."""
    given = builder.connect()
    refused(builder.refresh(given["access_token"]), "invalid_grant")
    assert not builder.works(given["refresh_token"])


def test_a_revoked_connection_refreshes_nothing(builder: Any, refused: Callable[..., None]) -> None:
    """When the operator disconnects, every token stops."""
    given = builder.connect()
    with builder.parts.store.begin() as c:
        c.execute(update(connections).values(status="revoked"))
    refused(builder.refresh(given["refresh_token"]), "invalid_grant")
    assert not builder.works(given["access_token"])


def test_a_connection_that_needs_reauth_keeps_its_tokens(builder: Any) -> None:
    """Reconnecting Stora mends everything: the builders' tokens must be there by then."""
    given = builder.connect()
    with builder.parts.store.begin() as c:
        c.execute(update(connections).values(status="needs_reauth"))
    assert builder.works(given["access_token"])
    assert builder.refresh(given["refresh_token"]).status_code == 200
