"""Tokens as Stora gives them: token endpoint, revocation, token info, introspection.

Answers have the shapes of Stora's pages "Retrieve an access token", "Retrieve info for the access
token" and "Introspect an access token"; errors are those of RFC 6749 section 5.2.
"""

import base64
import hashlib
import re

from flask import Blueprint, Response, request

from connector.dialect.answers import answer
from connector.sandbox.access import Access, same
from connector.sandbox.gate import Gate
from connector.sandbox.oauth_request import NO_STORE, OAuthError, authenticate, read_parameters
from connector.sandbox.scopes import split_scopes
from connector.sandbox.state import HOUSE, Document

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def blueprint(access: Access, gate: Gate) -> Blueprint:
    """Return the routes about tokens, under /oauth2."""
    oauth = Blueprint("oauth", __name__, url_prefix="/oauth2")
    oauth.before_request(gate.strike)
    oauth.register_error_handler(OAuthError, OAuthError.response)

    @oauth.post("/token")
    def token() -> Response:
        given = read_parameters()
        application = authenticate(access, given)
        grant = GRANTS.get(given.get("grant_type", ""))
        if grant is None:
            raise OAuthError("unsupported_grant_type", f"Use one of: {', '.join(GRANTS)}.")
        with access.state.alone:
            issued = grant(access, application, given)
        body = {
            "access_token": issued["token"],
            "token_type": "Bearer",
            "expires_in": issued["expires_in"],
            "scope": " ".join(issued["scopes"]),
            "created_at": issued["created_at"],
        }
        if issued["refresh_token"]:
            body["refresh_token"] = issued["refresh_token"]
        return answer(body, headers=NO_STORE)

    @oauth.post("/revoke")
    def revoke() -> Response:
        given = read_parameters()
        application = authenticate(access, given)
        credential = given.get("token", "")
        found = access.find(credential) or access.find_refresh(credential)
        if found is not None and found.get("client_id") == application["uid"]:
            access.revoke(found["token"])
        return answer({}, headers=NO_STORE)

    @oauth.get("/token/info")
    def info() -> Response:
        token = access.bearer(request.headers.get("Authorization"))
        operator = access.state.get(HOUSE, "operator", token["operator"]) or {}
        client_id = token.get("client_id")
        return answer(
            {
                "scope": token["scopes"],
                "expires_in": _expires_at(token),
                "application": {"uid": client_id} if client_id else None,
                "created_at": token["created_at"],
                "operator": {"name": operator["name"]},
            },
            headers=NO_STORE,
        )

    @oauth.post("/introspect")
    def introspect() -> Response:
        asker = access.bearer(request.headers.get("Authorization"))
        credential = read_parameters().get("token", "")
        token = access.find(credential) or access.find_refresh(credential)
        if token is None or token["operator"] != asker["operator"]:
            return answer({"active": False}, headers=NO_STORE)
        return answer(
            {
                "active": True,
                "scope": " ".join(token["scopes"]),
                "client_id": token.get("client_id"),
                "token_type": "Bearer",
                "exp": _expires_at(token),
                "iat": token["created_at"],
            },
            headers=NO_STORE,
        )

    return oauth


# ---- the grants --------------------------------------------------------------------------------


def _exchange(access: Access, application: Document, given: dict[str, str]) -> Document:
    grant = access.spend_code(given.get("code", ""), application["uid"])
    if grant is None:
        raise OAuthError("invalid_grant", "The code is unknown, used or expired.")
    if given.get("redirect_uri", "") != grant["redirect_uri"]:
        raise OAuthError("invalid_grant", "The redirect_uri is not the one that was authorised.")
    verifier = given.get("code_verifier", "")
    if bool(verifier) != bool(grant["challenge"]):
        raise OAuthError("invalid_grant", "code_verifier and code_challenge go together.")
    if verifier and not _proves(verifier, grant["challenge"]):
        raise OAuthError("invalid_grant", "The code_verifier does not match.")
    return access.issue(
        application=application,
        operator=grant["operator"],
        scopes=grant["scopes"],
        family=grant["code"],
    )


def _proves(verifier: str, challenge: str) -> bool:
    """Say whether `verifier` is the one behind `challenge` (RFC 7636 section 4.6)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return same(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)


def _refresh(access: Access, application: Document, given: dict[str, str]) -> Document:
    old = access.find_refresh(given.get("refresh_token", ""))
    if old is None or old["client_id"] != application["uid"]:
        raise OAuthError("invalid_grant", "The refresh token is unknown, used or revoked.")
    scopes = split_scopes(given.get("scope", "")) or old["scopes"]
    if not set(scopes) <= set(old["scopes"]):
        raise OAuthError("invalid_scope", "A refresh cannot widen the scopes.")
    return access.issue(
        application=application,
        operator=old["operator"],
        scopes=scopes,
        family=old["family"],
        previous=old["token"],
    )


def _own_account(access: Access, application: Document, given: dict[str, str]) -> Document:
    if not application["operator"]:
        raise OAuthError("unauthorized_client", "A partner uses the authorization code flow only.")
    scopes = split_scopes(given.get("scope", ""))
    if not scopes or not set(scopes) <= set(application["scopes"]):
        raise OAuthError("invalid_scope", "The scope is missing, unknown or not allowed.")
    return access.issue(application=application, operator=application["operator"], scopes=scopes)


GRANTS = {
    "authorization_code": _exchange,
    "refresh_token": _refresh,
    "client_credentials": _own_account,
}


def _expires_at(token: Document) -> int | None:
    expires_in = token.get("expires_in")
    return None if expires_in is None else int(token["created_at"] + expires_in)
