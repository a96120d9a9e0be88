"""What a connection holds of Stora: how it is kept, when it ends, whose application it is for."""

import json
from dataclasses import replace

import pytest
import stage
import time_machine

from connector.errors import NeedsReauth
from connector.flows.parts import Parts
from connector.flows.refresh import Credentials, Held, client_of, hold
from connector.stora.auth import Client

OWN = Client("own-id", "own-secret")
FULL = Credentials("access", "refresh", OWN)
AT = 1_800_000_000
HELD = Held("conn_1", "partner", "sealed", ("public.contact:read",), AT * 1000, 0, FULL)


@pytest.mark.parametrize(
    ("credentials", "kept"),
    [
        (Credentials("access"), {"access_token": "access"}),
        (
            Credentials("access", "refresh"),
            {"access_token": "access", "refresh_token": "refresh"},
        ),
        (
            FULL,
            {
                "access_token": "access",
                "refresh_token": "refresh",
                "client_id": "own-id",
                "client_secret": "own-secret",
            },
        ),
    ],
)
def test_credentials_are_kept_without_what_they_lack(
    credentials: Credentials, kept: dict[str, str]
) -> None:
    """The sealed text names what there is, and reading it gives the same again."""
    assert json.loads(credentials.to_json()) == kept
    assert Credentials.from_json(credentials.to_json()) == credentials


@pytest.mark.parametrize(
    ("kind", "refresh_token", "renewable"),
    [
        ("partner", "refresh", True),
        ("partner", None, False),
        ("access_token", None, False),
        ("client_credentials", None, True),
    ],
)
def test_what_stora_renews_without_a_person(
    kind: str, refresh_token: str | None, renewable: bool
) -> None:
    """A refresh token, or an application of the operator's own that may ask again."""
    held = replace(HELD, kind=kind, credentials=Credentials("access", refresh_token))
    assert held.renewable is renewable


def test_a_token_ends_to_the_millisecond() -> None:
    """The last millisecond counts as over; without an end it never is."""
    with time_machine.travel(AT - 10, tick=False):
        assert HELD.ends_within(10_000)
        assert not HELD.ends_within(9_999)
        assert not replace(HELD, expires_at=None).ends_within(10**12)


def test_tokens_belong_to_the_operators_own_application_or_to_ours(parts: Parts) -> None:
    """Where the operator has brought an application it is that one, else this installation's."""
    ours = Client(parts.settings.stora_client_id, parts.settings.stora_client_secret)
    assert client_of(parts, FULL) == OWN
    assert client_of(parts, Credentials("access", "refresh")) == ours


def test_a_connection_is_held_as_it_stands(parts: Parts) -> None:
    """Everything that renewing asks of the row, with its secrets opened."""
    sealed = parts.vault.seal(FULL.to_json())
    stage.connect(
        parts,
        kind="partner",
        scopes="public.contact:read public.deal:write",
        credentials_sealed=sealed,
        expires_at=5,
        refresh_until=7,
    )
    scopes = ("public.contact:read", "public.deal:write")
    assert hold(parts, "conn_1") == Held("conn_1", "partner", sealed, scopes, 5, 7, FULL)


@pytest.mark.parametrize("status", ["needs_reauth", "revoked"])
def test_a_connection_that_is_not_active_is_not_held(parts: Parts, status: str) -> None:
    """A person has to connect Stora first, whatever tokens are left."""
    stage.connect(parts, status=status)
    with pytest.raises(NeedsReauth):
        hold(parts, "conn_1")
