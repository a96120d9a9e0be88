"""A code becomes tokens once, for its own client, redirect URI and verifier."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import stage
import time_machine
from sqlalchemy import update

from connector.flows.authorise import CODE_MS
from connector.flows.tokens import ACCESS_MS
from connector.store.tables import authorization_codes, connections, token_families, tokens


def test_a_code_gives_tokens_in_the_documented_shape(builder: Any) -> None:
    """RFC 6749 section 5.1, with Stora's `created_at`; never cached, and kept as hashes only."""
    answer = builder.exchange(builder.code())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.json
    assert body.keys() == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "created_at",
    }
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 7200)
    kept = str([stage.rows(builder.parts, table) for table in (tokens, token_families)])
    for name in ("access_token", "refresh_token"):
        assert len(body[name]) == 43
        assert body[name] not in kept


def test_a_second_use_is_refused_and_ends_what_the_first_gave(
    builder: Any, refused: Callable[..., None]
) -> None:
    """RFC 6749 section 4.1.2: used twice, a code is denied and its tokens are revoked."""
    code = builder.code()
    first = builder.exchange(code).json
    assert builder.works(first["access_token"])
    refused(builder.exchange(code), "invalid_grant")
    assert not builder.works(first["access_token"])
    refused(builder.refresh(first["refresh_token"]), "invalid_grant")


def test_a_code_is_bound_to_its_client(make_builder: Any, refused: Callable[..., None]) -> None:
    """RFC 6749 section 4.1.3: another client cannot use a code, nor spoil it."""
    zapier, other = make_builder(), make_builder()
    code = zapier.code()
    refused(other.exchange(code), "invalid_grant")
    first = zapier.exchange(code).json
    refused(other.exchange(code), "invalid_grant")
    assert zapier.works(first["access_token"])


@pytest.mark.parametrize(
    "uri",
    ["https://zapier.com/oauth/return", "https://zapier.com/oauth/return?app=unitwire&", None],
)
def test_a_code_is_bound_to_its_redirect_uri(
    builder: Any, refused: Callable[..., None], uri: str | None
) -> None:
    """RFC 6749 section 4.1.3: the redirect URI must be there and identical."""
    error = "invalid_request" if uri is None else "invalid_grant"
    refused(builder.exchange(builder.code(), redirect_uri=uri), error)


@pytest.mark.parametrize(
    "verifier",
    [
        None,
        "",
        "wrong-verifier-of-the-right-length-43-chars",
        "a-verifier-of-the-least-length-is-43-chars",
        "a-verifier-of-the-least-length-is-43-chars..",
        "a-verifier-of-the-least-length-is-43-chars=",
        "A" * 129,
    ],
)
def test_a_wrong_verifier_is_refused(
    builder: Any, refused: Callable[..., None], verifier: str | None
) -> None:
    """RFC 7636 section 4.6: values that are not equal are an invalid grant."""
    refused(builder.exchange(builder.code(), code_verifier=verifier), "invalid_grant")


@pytest.mark.parametrize(("length", "good"), [(42, False), (43, True), (128, True), (129, False)])
def test_a_verifier_has_43_to_128_characters(builder: Any, length: int, good: bool) -> None:
    """RFC 7636 section 4.1: both limits, on both sides."""
    verifier = "~" * length
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    answer = builder.exchange(builder.code(code_challenge=challenge), code_verifier=verifier)
    assert (answer.status_code == 200) is good


def test_the_vector_of_rfc_7636_passes(builder: Any) -> None:
    """RFC 7636 appendix B."""
    code = builder.code(code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert builder.exchange(code, code_verifier=verifier).status_code == 200


def test_a_verifier_without_challenge_is_refused(
    make_builder: Any, refused: Callable[..., None]
) -> None:
    """RFC 9700 section 2.1.1: who strips the challenge off the request gains nothing."""
    builder = make_builder(pkce=False)
    bare: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}
    refused(builder.exchange(builder.code(**bare)), "invalid_grant")
    assert builder.exchange(builder.code(**bare), code_verifier=None).status_code == 200


def test_a_code_lives_five_minutes(builder: Any, refused: Callable[..., None]) -> None:
    """RFC 6749 section 4.1.2: short-lived, ten minutes at most; to the millisecond."""
    assert 60_000 <= CODE_MS <= 600_000
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        early, late = builder.code(), builder.code()
        clock.shift(CODE_MS / 1000 - 0.001)
        assert builder.exchange(early).status_code == 200
        clock.shift(0.001)
        refused(builder.exchange(late), "invalid_grant")


def test_an_access_token_lives_two_hours(builder: Any) -> None:
    """As Stora's own do, to the millisecond."""
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        token = builder.connect()["access_token"]
        clock.shift(ACCESS_MS / 1000 - 0.001)
        assert builder.works(token)
        clock.shift(0.001)
        assert not builder.works(token)


def test_a_connection_that_ended_meanwhile_gives_nothing(
    builder: Any, refused: Callable[..., None]
) -> None:
    """A code for a connection that was revoked is worth nothing."""
    code = builder.code()
    with builder.parts.store.begin() as c:
        c.execute(update(connections).values(status="revoked"))
    refused(builder.exchange(code), "invalid_grant")
    assert stage.rows(builder.parts, tokens) == []


@pytest.mark.parametrize("code", ["unknown", "a" * 43, "a" * 2048])
def test_an_unknown_code_is_refused(builder: Any, refused: Callable[..., None], code: str) -> None:
    """RFC 6749 section 5.2: an invalid code is an invalid grant."""
    refused(builder.exchange(code), "invalid_grant")
    assert stage.rows(builder.parts, authorization_codes) == []
