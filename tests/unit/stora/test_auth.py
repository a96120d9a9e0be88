"""Tokens from Stora: what is asked, and every shape of answer that is understood."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from raw import Behave, answer

from connector import errors
from connector.errors import UnitwireError
from connector.settings import Settings
from connector.stora import auth
from connector.stora.auth import Client, Grant
from connector.stora.client import StoraClient
from connector.world import now_ms

CLIENT = Client("id", "secret")
WHOLE = {"access_token": "a", "token_type": "Bearer", "expires_in": 7200, "scope": "x y"}


@pytest.fixture
def refreshed(raw_server: Callable[[Behave], str]) -> Iterator[Callable[..., Grant]]:
    """Return a function that refreshes at a server which answers `body` with `status`."""
    clients: list[StoraClient] = []

    def refresh(body: Any, status: str = "200 OK", *headers: str) -> Grant:
        told = ("Content-Type: application/json", *headers)
        url = raw_server(answer(json.dumps(body).encode(), status, *told))
        settings = Settings(stora_api_url=url)
        clients.append(StoraClient(settings))
        return auth.refresh(clients[-1], settings, CLIENT, "r")

    yield refresh
    for client in clients:
        client.close()


def test_the_consent_url_has_state_scopes_and_a_challenge() -> None:
    """The browser is sent with code, state and PKCE S256 (vector of RFC 7636 appendix B)."""
    settings = Settings(
        public_url="https://unitwire.example",
        stora_authorize_url="https://app.stora.co/oauth2/authorize",
        stora_client_id="id",
        stora_client_secret="secret",
        stora_scopes=("public.site:read", "public.deal:read"),
    )
    url = auth.authorize_url(settings, "the state", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert url.startswith("https://app.stora.co/oauth2/authorize?")
    assert parse_qs(urlsplit(url).query) == {
        "response_type": ["code"],
        "client_id": ["id"],
        "redirect_uri": ["https://unitwire.example/connect/callback"],
        "scope": ["public.site:read public.deal:read"],
        "state": ["the state"],
        "code_challenge": ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],
        "code_challenge_method": ["S256"],
    }
    assert "secret" not in url


def test_a_whole_answer_becomes_a_grant(refreshed: Callable[..., Grant]) -> None:
    """Tokens, end and scopes are read from the documented shape."""
    before = now_ms()
    grant = refreshed({**WHOLE, "refresh_token": "b", "created_at": 1_740_235_260})
    assert (grant.access_token, grant.refresh_token, grant.scopes) == ("a", "b", ("x", "y"))
    assert grant.expires_at is not None
    assert 0 <= grant.expires_at - 7_200_000 - before < 10_000


@pytest.mark.parametrize(
    ("expires_in", "expected"),
    [(1_740_242_460, 1_740_242_460_000), (None, None), (True, None), ("7200", None), (-1, None),
     (1e300, None)],
)  # fmt: skip
def test_an_end_may_be_a_date_or_unknown(
    refreshed: Callable[..., Grant], expires_in: Any, expected: int | None
) -> None:
    """A large number is an epoch; what is no number leaves the end unknown."""
    assert refreshed({**WHOLE, "expires_in": expires_in}).expires_at == expected


@pytest.mark.parametrize(
    ("scope", "expected"),
    [(["x", "y"], ("x", "y")), ("", ()), (None, ()), (7, ()), (["x", 1], ("x",))],
)
def test_scopes_may_be_a_text_or_a_list(
    refreshed: Callable[..., Grant], scope: Any, expected: tuple[str, ...]
) -> None:
    """Stora types `scope` as anything."""
    assert refreshed({**WHOLE, "scope": scope}).scopes == expected


@pytest.mark.parametrize("token", [None, "", 1, "a b", "ä", "a\r\nX: y", "a" * 513])
@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_a_token_that_cannot_be_one_is_a_lost_answer(
    refreshed: Callable[..., Grant], name: str, token: Any
) -> None:
    """No odd token is kept or put into a header; only the refresh token may be missing."""
    if name == "refresh_token" and token is None:
        assert refreshed({**WHOLE, name: token}).refresh_token is None
        return
    with pytest.raises(errors.StoraUnavailable) as caught:
        refreshed({**WHOLE, name: token})
    assert caught.value.lost


def test_the_longest_token_is_taken(refreshed: Callable[..., Grant]) -> None:
    """A token of 512 characters is one."""
    assert refreshed({**WHOLE, "access_token": "a" * 512}).access_token == "a" * 512


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        ("400 Bad Request", {"error": "invalid_grant"}, errors.NeedsReauth),
        ("401 Unauthorized", {"error": "invalid_grant"}, errors.NeedsReauth),
        ("400 Bad Request", {"error": {"code": "invalid_grant"}}, errors.NeedsReauth),
        ("401 Unauthorized", {"error": "invalid_client"}, errors.StoraRefused),
        ("400 Bad Request", {"error": "unauthorized_client"}, errors.StoraRefused),
        ("400 Bad Request", {"error": "invalid_scope"}, errors.StoraRefused),
        ("400 Bad Request", {"error": "strange", "error_description": "D"}, errors.StoraRefused),
        ("400 Bad Request", {}, errors.StoraRefused),
        ("401 Unauthorized", {"error": {"code": "invalid_token"}}, errors.NeedsReauth),
        ("422 Unprocessable", {"error": {"code": "invalid_content"}}, errors.StoraRefused),
        ("429 Too Many Requests", {}, errors.TooManyRequests),
        ("500 Internal", {"error": {"code": "internal_server_error"}}, errors.StoraUnavailable),
        ("503 Unavailable", {}, errors.StoraUnavailable),
    ],
)
def test_refusals_in_both_shapes(
    refreshed: Callable[..., Grant], status: str, body: Any, kind: type[UnitwireError]
) -> None:
    """OAuth's errors and Stora's are told apart by what to do next."""
    with pytest.raises(kind) as caught:
        refreshed(body, status)
    assert type(caught.value) is kind


def test_a_429_at_the_token_endpoint_says_how_long(refreshed: Callable[..., Grant]) -> None:
    """The token endpoint's limit is passed on honestly."""
    with pytest.raises(errors.TooManyRequests) as caught:
        refreshed({}, "429 Too Many Requests", "RateLimit-Reset: 20")
    assert caught.value.retry_after == 20


def test_token_info_names_the_operator(raw_server: Callable[[Behave], str]) -> None:
    """The page's own example: `expires_in` is a date there, and the scopes a list."""
    body = {
        "scope": ["public.contact:read", "public.contact:write"],
        "expires_in": 1_740_242_460,
        "application": {"uid": "ei5bQqk_qUqan8MYMarc2-Eqb48vdB-oc_qBBUjG7co"},
        "created_at": 1_740_235_260,
        "operator": {"name": "Stora"},
    }
    for told, name in ((body, "Stora"), ({**body, "operator": None}, "")):
        url = raw_server(answer(json.dumps(told).encode()))
        stora = StoraClient(Settings(stora_api_url=url))
        info = auth.token_info(stora, "t")
        stora.close()
        assert info.operator == name
        assert info.expires_at == 1_740_242_460_000
        assert info.scopes == ("public.contact:read", "public.contact:write")
