"""Tokens from Stora: consent URL, code exchange, refresh, client credentials, revocation, who am I.

RFC 6749 with PKCE (RFC 7636); what Stora's pages leave open is read tolerantly: `expires_in` as
seconds or as a date, `scope` as text or as a list, errors in OAuth's shape or in Stora's own.
Each function but `authorize_url` is one HTTP call and raises

- NeedsReauth: the grant is no longer good (`invalid_grant`); a person has to authorise again
- StoraRefused: the application is not accepted, or asks for what it may not have
- TooManyRequests, StoraUnavailable (`lost` if the grant may have been spent all the same)
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from connector.errors import NeedsReauth, StoraRefused, StoraUnavailable
from connector.settings import Settings
from connector.stora.client import StoraClient
from connector.stora.refusals import EPOCH_FROM_S, refusal_of, text_of
from connector.stora.wire import LOST, Answer
from connector.world import now_ms

DEADLINE_S = 8.0
CALLBACK_PATH = "/connect/callback"
CREDENTIAL = re.compile(r"[\x21-\x7e]{1,512}")  # what may be a token, client id or client secret


@dataclass(frozen=True)
class Client:
    """An OAuth application at Stora."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Grant:
    """Tokens that Stora gave; `expires_at` in ms, None if it did not say; `scopes` may be empty."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: int | None
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class TokenInfo:
    """What Stora says of an access token; `operator` is the business's name, maybe empty."""

    operator: str
    expires_at: int | None
    scopes: tuple[str, ...]


def redirect_uri(settings: Settings) -> str:
    """Return where Stora sends the browser back to; it has to be registered at Stora."""
    return settings.origin + CALLBACK_PATH


def authorize_url(settings: Settings, state: str, verifier: str) -> str:
    """Return the address of Stora's consent page, with PKCE S256 (RFC 7636 section 4.3)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": settings.stora_client_id,
        "redirect_uri": redirect_uri(settings),
        "scope": " ".join(settings.stora_scopes),
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{settings.authorize_url}?{urlencode(query)}"


def exchange(stora: StoraClient, settings: Settings, code: str, verifier: str) -> Grant:
    """Return the tokens for a code (RFC 6749 section 4.1.3); a code can be used once."""
    return _grant(
        stora,
        settings,
        Client(settings.stora_client_id, settings.stora_client_secret),
        grant_type="authorization_code",
        code=code,
        redirect_uri=redirect_uri(settings),
        code_verifier=verifier,
    )


def refresh(stora: StoraClient, settings: Settings, client: Client, refresh_token: str) -> Grant:
    """Return new tokens (RFC 6749 section 6); without a new refresh token the old one stays good.

    After a lost answer the same refresh token may be tried again.
    """
    return _grant(stora, settings, client, grant_type="refresh_token", refresh_token=refresh_token)


def client_credentials(
    stora: StoraClient, settings: Settings, client: Client, scopes: tuple[str, ...]
) -> Grant:
    """Return a token of an operator's own application (RFC 6749 section 4.4)."""
    return _grant(stora, settings, client, grant_type="client_credentials", scope=" ".join(scopes))


def token_info(stora: StoraClient, access_token: str) -> TokenInfo:
    """Return whose token it is; the connection test (Stora page: retrieve-info-for-the-access-…).

    Raises NeedsReauth for a token that Stora does not know.
    """
    body = stora.call(access_token, "GET", "/oauth2/token/info", deadline_s=DEADLINE_S).body
    operator = body.get("operator")
    name = operator.get("name") if isinstance(operator, dict) else None
    return TokenInfo(text_of(name), _expires_at(body.get("expires_in")), _scopes(body))


def revoke(stora: StoraClient, client: Client, token: str) -> None:
    """End an access or refresh token (RFC 7009)."""
    _post(stora, stora.url("/oauth2/revoke"), client, {"token": token})


# ---- the call and its errors -------------------------------------------------------------------


def _grant(stora: StoraClient, settings: Settings, client: Client, **fields: str) -> Grant:
    asked_at = now_ms()
    body = _post(stora, settings.token_url, client, fields)
    renewal = body.get("refresh_token")
    return Grant(
        access_token=_credential(body.get("access_token")),
        refresh_token=None if renewal is None else _credential(renewal),
        expires_at=_expires_at(body.get("expires_in"), asked_at),
        scopes=_scopes(body),
    )


def _post(
    stora: StoraClient, url: str, client: Client, fields: Mapping[str, str]
) -> dict[str, Any]:
    answer = stora.wire.exchange(
        "POST",
        url,
        json={**fields, "client_id": client.id, "client_secret": client.secret},
        deadline_s=DEADLINE_S,
    )
    if 200 <= answer.status < 300:
        return answer.body
    raise _refusal(answer)


def _refusal(answer: Answer) -> Exception:
    error = answer.body.get("error")
    code = error.get("code") if isinstance(error, dict) else error
    if code == "invalid_grant":
        return NeedsReauth()
    if code in ("invalid_client", "unauthorized_client"):
        return StoraRefused(
            "Stora does not accept this application's client id and client secret. Check both."
        )
    if code == "invalid_scope":
        return StoraRefused(
            "Stora does not give this application all the scopes that were asked for. "
            "Set UNITWIRE_STORA_SCOPES to those it has."
        )
    if isinstance(error, dict) or answer.status >= 500 or answer.status == 429:
        return refusal_of(answer)
    told = text_of(answer.body.get("error_description")) or text_of(error) or "no reason given"
    return StoraRefused(f"Stora refused to give a token: {told}")


def _credential(value: object) -> str:
    if not isinstance(value, str) or not CREDENTIAL.fullmatch(value):
        raise StoraUnavailable(LOST, lost=True)
    return value


def _scopes(body: Mapping[str, Any]) -> tuple[str, ...]:
    scope = body.get("scope")
    if isinstance(scope, str):
        return tuple(scope.split())
    return tuple(s for s in scope if isinstance(s, str)) if isinstance(scope, list) else ()


def _expires_at(expires_in: object, asked_at: int | None = None) -> int | None:
    """Return when a token ends, in ms: a small number is seconds from now, a large one a date."""
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float):
        return None
    if not 0 <= expires_in < 1e12:
        return None
    if expires_in >= EPOCH_FROM_S:
        return int(expires_in * 1000)
    return (asked_at or now_ms()) + int(expires_in * 1000)
