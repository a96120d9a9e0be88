"""From a bearer token to a caller."""

from typing import Any

import pytest
import stage
import time_machine
from sqlalchemy import update

from connector.errors import Forbidden, InvalidToken
from connector.flows.callers import MAX_CREDENTIAL, NOTE_USE_MS, Caller, caller_of
from connector.flows.parts import Parts
from connector.flows.personal_tokens import add_token, revoke_grant
from connector.store.tables import connections, tokens

READ, WRITE = "public.webhook_endpoint:read", "public.webhook_endpoint:write"


@pytest.fixture
def token(parts: Parts) -> str:
    """A personal token of Harbour that may do all that its connection may."""
    stage.connect(parts, curies='[{"name": "bo"}]')
    return add_token(parts, connection_id="conn_1", name="script")[1]


def test_a_caller_knows_its_connection(parts: Parts, token: str) -> None:
    """All that a request needs to know comes from one look-up."""
    caller = caller_of(parts, f"Bearer {token}")
    assert (caller.connection_id, caller.operator) == ("conn_1", "Harbour Self Storage")
    assert (caller.platform, caller.client_id) == ("custom", None)
    assert caller.creator == caller.token_id
    assert caller.creator.startswith("tok_")
    assert caller.scopes == {READ, WRITE}
    assert caller.curies == ({"name": "bo"},)
    assert caller.expires_at is None


@pytest.mark.parametrize("kind", ["Bearer ", "bearer ", "BEARER ", "Bearer   "])
def test_the_scheme_is_read_in_any_case(parts: Parts, token: str, kind: str) -> None:
    """RFC 9110 section 11.1: authentication schemes are case-insensitive."""
    assert caller_of(parts, kind + token).connection_id == "conn_1"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer\t{}",
        "Bearer{}",
        "Basic {}",
        "{}",
        "Bearer {} ",
        "Bearer {}\n",
        "Bearer {},Bearer {}",
        "Bearer {}, Basic eDp4",
        "Bearer {}x",
        "Bearer \x00",
        "Bearer é",
        "Bearer \ud800",
    ],
)
def test_anything_else_is_nobody(parts: Parts, token: str, header: str | None) -> None:
    """No header, another scheme, two credentials, or a token that is nearly right."""
    with pytest.raises(InvalidToken):
        caller_of(parts, header and header.replace("{}", token))


def test_a_header_has_2_kib(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer headers are not looked at: the database is not asked."""
    asked: list[str] = []
    monkeypatch.setattr(
        "connector.flows.callers.hash_token", lambda text: asked.append(text) or "none"
    )
    head = "Bearer "
    for size in (MAX_CREDENTIAL, MAX_CREDENTIAL + 1):
        with pytest.raises(InvalidToken):
            caller_of(parts, head + "a" * (size - len(head)))
    assert [len(text) for text in asked] == [MAX_CREDENTIAL - len(head)]


def test_a_revoked_token_is_nobody(parts: Parts, token: str) -> None:
    """Revoking works at once."""
    revoke_grant(parts, caller_of(parts, f"Bearer {token}").token_id)
    with pytest.raises(InvalidToken):
        caller_of(parts, f"Bearer {token}")


def test_a_token_of_a_revoked_connection_is_nobody(parts: Parts, token: str) -> None:
    """The connection's end is the end of all its tokens."""
    with parts.store.begin() as c:
        c.execute(update(connections).values(status="revoked"))
    with pytest.raises(InvalidToken):
        caller_of(parts, f"Bearer {token}")


def test_a_caller_may_no_more_than_its_connection(parts: Parts, token: str) -> None:
    """When Stora grants less than before, every token shrinks with it."""
    with parts.store.begin() as c:
        c.execute(update(connections).values(scopes=f"{READ} public.site:read"))
    assert caller_of(parts, f"Bearer {token}").scopes == {READ}


def test_the_last_use_is_noted_once_an_hour(parts: Parts, token: str) -> None:
    """A busy script costs one write an hour, to the millisecond."""

    def used() -> Any:
        caller_of(parts, f"Bearer {token}")
        return stage.rows(parts, tokens)[0].used_at

    with time_machine.travel(1_800_000_000, tick=False) as clock:
        first = used()
        assert first == 1_800_000_000_000
        clock.shift(NOTE_USE_MS / 1000 - 0.001)
        assert used() == first
        clock.shift(0.001)
        assert used() == first + NOTE_USE_MS


def test_a_missing_scope_is_named(parts: Parts, token: str) -> None:
    """The message says what is missing and who can give it (RFC 6750 section 3.1)."""
    caller = caller_of(parts, f"Bearer {token}")
    caller.demand()
    caller.demand(READ, WRITE)
    with pytest.raises(Forbidden) as caught:
        caller.demand(READ, "public.deal:write", "public.site:read")
    assert "public.deal:write public.site:read" in caught.value.message
    assert READ not in caught.value.message
    assert "unitwire tokens add" in caught.value.message
    assert 'error="insufficient_scope"' in caught.value.headers["WWW-Authenticate"]


def test_a_builder_is_told_to_connect_again() -> None:
    """Who came by consent gets more scopes by consent."""
    caller = Caller(
        connection_id="conn_1",
        operator="Harbour",
        platform="zapier",
        creator="app_1",
        client_id="app_1",
        token_id="fam_1",
        scopes=frozenset(),
        curies=(),
        expires_at=None,
        created_at=0,
    )
    with pytest.raises(Forbidden, match="connect the account again"):
        caller.demand(READ)
