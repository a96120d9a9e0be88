"""What happens to one grant of an operator stays in it, and is written down with who did it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stage
import time_machine
from sqlalchemy import update

from connector.flows.tokens import ACCESS_MS, GRACE_MS
from connector.store.tables import audit, authorization_codes, connections, token_families, tokens

TOLD_CODE = "The code is unknown, used, expired or was not given to you."
TOLD_REFRESH = "The refresh token is unknown, used, expired or revoked."


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The clock stands still until a test moves it."""
    with time_machine.travel(1_800_000_000, tick=False) as traveller:
        yield traveller


def last_entry(builder: Any) -> tuple[str, str, str, str]:
    """Return who did what to whom on whose account, as the newest line of the audit says."""
    row = stage.rows(builder.parts, audit)[-1]
    return row.actor, row.action, row.subject, row.connection_id


def newest_family(builder: Any) -> Any:
    """Return the newest family of tokens."""
    return max(stage.rows(builder.parts, token_families), key=lambda row: (row.created_at, row.id))


def test_the_life_of_an_access_token_is_told_in_whole_seconds(builder: Any) -> None:
    """RFC 6749 section 5.1: `expires_in` is a number of seconds, here an integer."""
    told = builder.connect()["expires_in"]
    assert (told, type(told)) == (ACCESS_MS // 1000, int)


def test_an_answer_names_its_scopes_and_its_moment(builder: Any, clock: Any) -> None:
    """RFC 6749 section 3.3: scopes with a space between; `created_at` in whole seconds."""
    clock.shift(0.7)
    told = builder.connect(scope="public.contact:read public.deal:write")
    assert told["scope"] == "public.contact:read public.deal:write"
    assert (told["created_at"], type(told["created_at"])) == (1_800_000_000, int)


def test_a_new_grant_is_written_down(builder: Any) -> None:
    """Which builder got tokens for which account, under the id that `tokens list` shows."""
    builder.connect()
    family = newest_family(builder)
    assert family.id.startswith("fam_")
    entry = (builder.client.id, "token.added", family.id, builder.connection_id)
    assert last_entry(builder) == entry


def test_two_grants_renew_beside_each_other(builder: Any, clock: Any) -> None:
    """A refresh spends the refresh token of its own grant, and no other, for good."""
    first, second = builder.connect(), builder.connect()
    renewed = builder.refresh(first["refresh_token"]).json
    spent = [row.kind for row in stage.rows(builder.parts, tokens) if row.spent_at is not None]
    assert spent == ["refresh"]
    clock.shift((GRACE_MS + 1) / 1000)
    assert builder.refresh(second["refresh_token"]).status_code == 200
    assert builder.refresh(renewed["refresh_token"]).status_code == 200


def test_ending_one_grant_ends_no_other(builder: Any) -> None:
    """The second grant of the same builder works on, and can be renewed."""
    first, second = builder.connect(), builder.connect()
    builder.revoke(first["refresh_token"])
    assert not builder.works(first["access_token"])
    assert builder.works(second["access_token"])
    assert builder.refresh(second["refresh_token"]).status_code == 200


def test_why_a_grant_ended_is_kept(builder: Any, clock: Any, refused: Callable[..., None]) -> None:
    """Revoked by its client, by a code used twice, or by a refresh token used again."""
    given = builder.connect()
    builder.revoke(given["refresh_token"])
    family = newest_family(builder)
    assert family.revoked_reason == "revoked by its client"
    entry = (builder.client.id, "token.revoked", family.id, builder.connection_id)
    assert last_entry(builder) == entry

    clock.shift(1)
    code = builder.code()
    assert builder.exchange(code).status_code == 200
    refused(builder.exchange(code), "invalid_grant")
    assert newest_family(builder).revoked_reason == "its code was used twice"

    clock.shift(1)
    given = builder.connect()
    builder.refresh(given["refresh_token"])
    clock.shift(61)
    refused(builder.refresh(given["refresh_token"]), "invalid_grant")
    assert newest_family(builder).revoked_reason == "a refresh token was used again"


def test_a_grant_ends_once(builder: Any, clock: Any) -> None:
    """Why and when it ended first stays; the second time nothing is written down."""
    given = builder.connect()
    builder.revoke(given["refresh_token"])
    ended, entries = newest_family(builder), len(stage.rows(builder.parts, audit))
    clock.shift(5)
    builder.revoke(given["refresh_token"])
    assert newest_family(builder) == ended
    assert len(stage.rows(builder.parts, audit)) == entries


def test_revoking_a_dead_access_token_leaves_its_end(builder: Any, clock: Any) -> None:
    """It ended when it expired, or when it was revoked first, not later."""

    def ends() -> list[int]:
        found = stage.rows(builder.parts, tokens)
        return [row.expires_at for row in found if row.kind == "access"]

    given = builder.connect()
    builder.revoke(given["access_token"])
    (ended,) = ends()
    clock.shift(5)
    builder.revoke(given["access_token"])
    assert ends() == [ended]


def test_what_was_wrong_is_told_without_telling_more(builder: Any) -> None:
    """One text for every code that is not good, one for every refresh token, one for the proof."""
    assert builder.exchange("no such code").json["error_description"] == TOLD_CODE
    assert builder.exchange(builder.code(), redirect_uri="https://a.example/").json[
        "error_description"
    ] == (TOLD_CODE)
    wrong = builder.exchange(builder.code(), code_verifier="b" * 43).json
    assert wrong["error_description"] == "The code_verifier does not belong to this code."
    assert builder.refresh("no such token").json["error_description"] == TOLD_REFRESH


def test_a_refresh_that_asks_for_more_is_told_so(builder: Any) -> None:
    """Scopes beyond the grant, and a Stora account that has none of them any more."""
    given = builder.connect(scope="public.contact:read")
    wider = builder.refresh(given["refresh_token"], scope="public.deal:write").json
    assert wider == {
        "error": "invalid_scope",
        "error_description": "A refresh cannot widen the scopes that were granted.",
    }
    with builder.parts.store.begin() as c:
        c.execute(update(connections).values(scopes="public.site:read"))
    none = builder.refresh(given["refresh_token"]).json
    assert none == {
        "error": "invalid_scope",
        "error_description": "The connected Stora account has none of these scopes any more.",
    }


def test_another_clients_token_is_not_revoked_and_said_so(builder: Any) -> None:
    """RFC 7009 section 2.1: the token must have been issued to the client that asks."""
    from connector.flows.clients import add_client

    given = builder.connect()
    other, secret = add_client(
        builder.parts, platform="make", name="Make", redirect_uris=("https://make.example/cb",)
    )
    answer = builder.revoke(given["refresh_token"], client_id=other.id, client_secret=secret)
    assert answer.json["error_description"] == "The token was not given to this client."
    assert builder.works(given["access_token"])


def test_a_code_is_kept_only_as_a_hash(builder: Any) -> None:
    """What is in the database finds a code and is none."""
    code = builder.code()
    (row,) = stage.rows(builder.parts, authorization_codes)
    assert len(row.code_hash) == 64
    assert code not in str(row)
