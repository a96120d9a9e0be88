"""Who may do what: applications, codes and tokens, and the caller a bearer token stands for.

Tokens of OAuth live two hours and those of a partner can be refreshed. A refresh gives a new
refresh token; the old one dies when the new access token is first used, so that a client whose
answer got lost can try again (Doorkeeper's way, which Stora's answers look like).
"""

import hmac
from dataclasses import dataclass
from typing import Literal

from connector.errors import InvalidToken
from connector.sandbox.state import HOUSE, Document, State
from connector.world import new_token, now_ms

MAX_CREDENTIAL = 512


@dataclass(frozen=True)
class Caller:
    """Who stands behind a bearer token; `creator` is `app_…` or `tok_…`."""

    operator: str
    creator: str
    scopes: frozenset[str]


def same(given: str, kept: str) -> bool:
    """Compare two secrets in constant time, whatever characters they hold."""
    return hmac.compare_digest(given.encode(errors="replace"), kept.encode(errors="replace"))


class Access:
    """Gives and takes back tokens; lifetimes are in seconds."""

    def __init__(self, state: State, *, token_s: int = 7200, code_s: int = 600) -> None:
        self.state = state
        self.token_s = token_s
        self.code_s = code_s

    # ---- applications --------------------------------------------------------------------------

    def application(self, client_id: str) -> Document | None:
        """Return the application with this client id."""
        return self.state.get(HOUSE, "application", client_id) if _plausible(client_id) else None

    def partner(self) -> Document:
        """Return the partner application, the one that no operator owns."""
        applications = self.state.all(HOUSE, "application")
        return next(found for found in applications if not found["operator"])

    def keep_application(self, application: Document) -> None:
        """Make or change an application."""
        self.state.put(HOUSE, "application", application["uid"], application)

    def credentials(self, operator: Document) -> Document:
        """Return an operator with its access token and its own application."""
        applications = self.state.all(HOUSE, "application")
        own = next(found for found in applications if found["operator"] == operator["id"])
        tokens = self.state.all(HOUSE, "access_token")
        personal = next(
            found
            for found in tokens
            if found["operator"] == operator["id"] and "client_id" not in found
        )
        return {
            **operator,
            "token": personal["token"],
            "client_id": own["uid"],
            "client_secret": own["secret"],
        }

    def reset(self) -> None:
        """Forget everything but who is there from the start and what they hold."""
        with self.state.transaction():
            self.state.wipe(keep=("operator", "application", "access_token"))
            for token in self.state.all(HOUSE, "access_token"):
                if "client_id" in token:
                    self.state.delete(HOUSE, "access_token", token["token"])

    def name_of(self, creator: str) -> str:
        """Return what a creator (`app_…`, `tok_…`) is called."""
        for application in self.state.all(HOUSE, "application"):
            if application["id"] == creator:
                return str(application["name"])
        return "Access token"

    # ---- codes ---------------------------------------------------------------------------------

    def new_code(self, grant: Document) -> str:
        """Keep what an operator allowed, and return the code that fetches it once."""
        code = new_token()
        expires = now_ms() // 1000 + self.code_s
        self.state.put(HOUSE, "code", code, {**grant, "expires_at": expires})
        return code

    def spend_code(self, code: str, client_id: str) -> Document | None:
        """Return the grant of a live code of this client and mark it as used.

        A second use is refused and takes back what the first one gave (RFC 6749 section 4.1.2).
        """
        with self.state.transaction():
            grant = self.state.get(HOUSE, "code", code) if _plausible(code) else None
            if grant is None or grant["client_id"] != client_id:
                return None
            if now_ms() // 1000 >= grant["expires_at"]:
                return None
            if grant.get("used"):
                self.revoke_family(code)
                return None
            self.state.put(HOUSE, "code", code, {**grant, "used": True})
        return {**grant, "code": code}

    # ---- tokens --------------------------------------------------------------------------------

    def issue(
        self,
        *,
        application: Document,
        operator: str,
        scopes: list[str],
        family: str = "",
        previous: str = "",
    ) -> Document:
        """Make an access token; one with a `family` (the code it comes from) can be refreshed."""
        token = {
            "token": new_token(),
            "creator": application["id"],
            "client_id": application["uid"],
            "operator": operator,
            "scopes": scopes,
            "created_at": now_ms() // 1000,
            "expires_in": self.token_s,
            "refresh_token": new_token() if family else None,
            "previous": previous,
            "family": family,
        }
        with self.state.transaction():
            self.keep_token(token)
            if token["refresh_token"]:
                pointer = {"token": token["token"]}
                self.state.put(HOUSE, "refresh_token", token["refresh_token"], pointer)
        return token

    def find(self, token: str) -> Document | None:
        """Return a live access token, or None."""
        found = self.state.get(HOUSE, "access_token", token) if _plausible(token) else None
        if found is None or found.get("revoked"):
            return None
        expires_in = found.get("expires_in")
        if expires_in is not None and now_ms() // 1000 >= found["created_at"] + expires_in:
            return None
        return found

    def find_refresh(self, refresh_token: str) -> Document | None:
        """Return the token pair that a refresh token belongs to, unless it was revoked."""
        if not _plausible(refresh_token):
            return None
        pointer = self.state.get(HOUSE, "refresh_token", refresh_token)
        found = self.state.get(HOUSE, "access_token", pointer["token"]) if pointer else None
        return None if found is None or found.get("revoked") else found

    def bearer(self, authorization: str | None) -> Document:
        """Return the token in an `Authorization` header; raise `InvalidToken` if it is no good.

        The first use of a refreshed token ends the pair it was made from.
        """
        kind, _, credential = (authorization or "").partition(" ")
        token = self.find(credential.strip()) if kind.lower() == "bearer" else None
        if token is None:
            raise InvalidToken("The access token is missing, wrong, expired or revoked.")
        if token.get("previous"):
            with self.state.transaction():
                self.revoke(token["previous"])
                token = {**token, "previous": ""}
                self.keep_token(token)
        return token

    def caller(self, authorization: str | None) -> Caller:
        """Return who calls; raise `InvalidToken` if nobody known does."""
        token = self.bearer(authorization)
        return Caller(token["operator"], token["creator"], frozenset(token["scopes"]))

    def revoke(self, access_token: str) -> None:
        """End an access token and its refresh token; an unknown one is no fault."""
        with self.state.transaction():
            found = self.state.get(HOUSE, "access_token", access_token)
            if found is not None:
                self.keep_token({**found, "revoked": True})

    def revoke_family(self, family: str) -> None:
        """End every token that came from one code."""
        with self.state.transaction():
            for token in self.state.all(HOUSE, "access_token"):
                if token.get("family") == family:
                    self.revoke(token["token"])

    def end_all(self, operator: str, how: Literal["expire", "revoke"]) -> int:
        """End what partners hold of an operator, as BackOffice or the clock would; count it.

        `expire` leaves the refresh tokens good, `revoke` does not.
        """
        ended = 0
        with self.state.transaction():
            for token in self.state.all(HOUSE, "access_token"):
                if token["operator"] == operator and token.get("family"):
                    change = {"expires_in": 0} if how == "expire" else {"revoked": True}
                    self.keep_token({**token, **change})
                    ended += 1
        return ended

    def keep_token(self, token: Document) -> None:
        """Make or change an access token."""
        self.state.put(HOUSE, "access_token", token["token"], token)


def _plausible(credential: str) -> bool:
    return 0 < len(credential) <= MAX_CREDENTIAL and credential.isascii()
