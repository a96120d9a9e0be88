"""Personal access tokens, and the list of all that may act."""

from typing import Any

import pytest
import stage
import time_machine

from connector.errors import InvalidContent, InvalidToken, NotFound
from connector.flows.callers import caller_of
from connector.flows.clients import MAX_NAME
from connector.flows.parts import Parts
from connector.flows.personal_tokens import (
    DAY_MS,
    MAX_DAYS,
    add_token,
    list_grants,
    revoke_grant,
)
from connector.flows.prune import prune
from connector.store.tables import audit, tokens

READ, WRITE = "public.webhook_endpoint:read", "public.webhook_endpoint:write"


@pytest.fixture(autouse=True)
def _connected(parts: Parts) -> None:
    """Harbour is connected."""
    stage.connect(parts)


def add(parts: Parts, **changes: Any) -> tuple[str, str]:
    """Make a token for Harbour."""
    return add_token(parts, **({"connection_id": "conn_1"} | changes))


def test_a_token_is_kept_as_a_hash(parts: Parts) -> None:
    """Its id is like Stora's token ids, and the token is shown once."""
    token_id, token = add(parts)
    assert token_id.startswith("tok_")
    assert len(token) == 43
    assert token not in str(stage.rows(parts, tokens))


def test_a_token_has_the_scopes_it_was_given(parts: Parts) -> None:
    """Least privilege is possible; without scopes it may all that the connection may."""
    assert caller_of(parts, f"Bearer {add(parts, scopes_asked=[READ])[1]}").scopes == {READ}
    assert caller_of(parts, f"Bearer {add(parts)[1]}").scopes == {READ, WRITE}


@pytest.mark.parametrize("scope", ["public.deal:write", "public.nothing:read", "*", ""])
def test_a_token_is_never_wider_than_its_connection(parts: Parts, scope: str) -> None:
    """A scope that the connection does not have is refused by name."""
    with pytest.raises(InvalidContent) as caught:
        add(parts, scopes_asked=[READ, scope])
    assert [detail["pointer"] for detail in caught.value.details] == ["/scope"]
    assert repr(scope) in caught.value.details[0]["message"]
    assert stage.rows(parts, tokens) == []


def test_a_token_expires_when_it_should(parts: Parts) -> None:
    """After the days it was given, to the millisecond."""
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        _, token = add(parts, days=1)
        assert caller_of(parts, f"Bearer {token}").expires_at == 1_800_000_000_000 + DAY_MS
        clock.shift(DAY_MS / 1000 - 0.001)
        caller_of(parts, f"Bearer {token}")
        clock.shift(0.001)
        with pytest.raises(InvalidToken):
            caller_of(parts, f"Bearer {token}")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"days": 0}, "/days"),
        ({"days": MAX_DAYS + 1}, "/days"),
        ({"name": "n" * (MAX_NAME + 1)}, "/name"),
        ({"name": "\x00"}, "/name"),
    ],
)
def test_a_fault_is_named(parts: Parts, changes: dict[str, Any], pointer: str) -> None:
    """Each fault has its pointer, and nothing is made."""
    with pytest.raises(InvalidContent) as caught:
        add(parts, **changes)
    assert [detail["pointer"] for detail in caught.value.details] == [pointer]
    assert stage.rows(parts, tokens) == []


def test_the_limits_themselves_are_good(parts: Parts) -> None:
    """The shortest and longest life, and the longest name."""
    add(parts, days=1)
    add(parts, days=MAX_DAYS, name="n" * MAX_NAME)


@pytest.mark.parametrize("connection_id", ["conn_unknown", "conn_2", ""])
def test_an_unknown_or_ended_connection_has_no_tokens(parts: Parts, connection_id: str) -> None:
    """There must be something to act for."""
    stage.connect(parts, "conn_2", status="revoked")
    with pytest.raises(NotFound):
        add(parts, connection_id=connection_id)


def test_the_list_shows_what_may_act(parts: Parts) -> None:
    """Name, scopes, use and end of each, for one connection or for all."""
    stage.connect(parts, "conn_2", operator="Hilltop")
    mine, token = add(parts, name="mine", scopes_asked=[READ])
    other, _ = add(parts, connection_id="conn_2")
    caller_of(parts, f"Bearer {token}")
    revoke_grant(parts, other)
    [grant] = list_grants(parts, "conn_1")
    assert (grant.id, grant.name, grant.scopes) == (mine, "mine", (READ,))
    assert (grant.operator, grant.expires_at) == ("Harbour Self Storage", None)
    assert grant.used_at is not None
    ended = {grant.id: grant.ended for grant in list_grants(parts)}
    assert ended == {mine: None, other: "revoked by its owner"}


def test_the_list_says_when_a_token_has_expired(parts: Parts) -> None:
    """Also after its row was pruned: what expired never looks as if it lasted for ever."""
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        add(parts, days=1)
        clock.shift(DAY_MS / 1000 - 0.001)
        assert [grant.ended for grant in list_grants(parts)] == [None]
        clock.shift(0.001)
        assert [grant.ended for grant in list_grants(parts)] == ["expired"]
        clock.shift(parts.settings.retention_days * DAY_MS / 1000)
        assert prune(parts) == 1
        assert [grant.ended for grant in list_grants(parts)] == ["expired"]


def test_revoking_is_final_and_leaves_a_trace(parts: Parts) -> None:
    """Twice is no fault and one row; an unknown id is."""
    token_id, _ = add(parts)
    for _ in range(2):
        revoke_grant(parts, token_id)
    actions = [row.action for row in stage.rows(parts, audit)]
    assert actions == ["token.added", "token.revoked"]
    with pytest.raises(NotFound):
        revoke_grant(parts, "tok_unknown")
