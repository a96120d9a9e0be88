"""An authorization request, from its parameters to the code that answers it.

`read` judges the request (RFC 6749 section 4.1.1, RFC 7636 section 4.4.1). While the client or the
redirect URI is in doubt, a fault is told to the person at the browser (`InvalidRequest`) and nobody
is redirected; afterwards faults go to the client (an Authlib `OAuth2Error` that carries the
redirect URI and the state). `allow` and `refuse` return where to send the browser.

Authlib gives the errors of the standards, the arithmetic of PKCE and the model of the metadata
document. Its ready grants are not used: they save the token before they spend the code, so two
parallel exchanges can both succeed; they read forms only, while Stora's dialect is JSON; they take
the first of repeated parameters and the first client authentication that fits; and they print
tokens in the debug log. Each of these would have to be overridden, so the rest is written plainly
here and in `tokens`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidScopeError
from sqlalchemy import insert

from connector.errors import InvalidRequest
from connector.flows import audit, scopes
from connector.flows.callers import MAX_CREDENTIAL
from connector.flows.clients import Client, find_client
from connector.flows.parts import Parts
from connector.flows.quotas import PERMISSIONS, demand
from connector.flows.sessions import Session
from connector.store.secrets import hash_token
from connector.store.tables import authorization_codes
from connector.world import new_token, now_ms

CODE_MS = 300_000  # how long a code may be exchanged: builders do it at once
PARAMETERS = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)
MAX_STATE = 4096  # characters; some builders put much into it

_TEXT = re.compile(r"[ -~]*")  # VSCHAR: all that a parameter may hold (RFC 6749 appendix A)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def is_sound(name: str, value: str) -> bool:
    """Whether a parameter is neither too long nor made of other than printable ASCII."""
    longest = MAX_STATE if name == "state" else MAX_CREDENTIAL
    return len(value) <= longest and _TEXT.fullmatch(value) is not None


@dataclass(frozen=True)
class Asked:
    """A good authorization request. `scopes` are those asked for that the client may ask for.

    `parameters` are the recognised ones, as they came.
    """

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    code_challenge: str | None
    parameters: Mapping[str, str]

    @property
    def query(self) -> str:
        """Return the request again, as a query string."""
        return urlencode(self.parameters)


def read(parts: Parts, pairs: Iterable[tuple[str, str]]) -> Asked:
    """Return what the query parameters `pairs` ask for.

    Raises `InvalidRequest` for the person, or an `OAuth2Error` with `redirect_uri` for the client.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    client, redirect_uri = _addressee(parts, given)
    states = given.get("state", [])
    state = states[0] if len(states) == 1 and is_sound("state", states[0]) else None
    try:
        return _judged(client, redirect_uri, given)
    except OAuth2Error as error:
        raise addressed(error, redirect_uri, state) from None


def addressed(error: OAuth2Error, redirect_uri: str, state: str | None) -> OAuth2Error:
    """Return `error` with where it is to be sent."""
    error.redirect_uri, error.state = redirect_uri, state
    return error


def grantable(asked: Asked, session: Session) -> tuple[str, ...]:
    """Return the scopes that may be granted: asked for, and held by the connection.

    Raises `InvalidScopeError`, addressed to the client, when none is left.
    """
    granted = scopes.narrowed(asked.scopes, session.scopes)
    if not granted:
        error = InvalidScopeError("The connected Stora account has none of these scopes.")
        raise addressed(error, asked.redirect_uri, asked.state)
    return granted


def allow(parts: Parts, asked: Asked, session: Session) -> str:
    """Note the operator's consent; return the redirect that carries the code (section 4.1.2).

    Raises QuotaReached, for the person, if enough have a consent already.
    """
    granted = grantable(asked, session)
    code, now = new_token(), now_ms()
    with parts.store.begin() as transaction:
        demand(transaction, PERMISSIONS, session.connection_id)
        transaction.execute(
            insert(authorization_codes).values(
                code_hash=hash_token(code),
                client_id=asked.client.id,
                connection_id=session.connection_id,
                redirect_uri=asked.redirect_uri,
                scopes=" ".join(granted),
                code_challenge=asked.code_challenge,
                created_at=now,
                expires_at=now + CODE_MS,
            )
        )
        audit.record(
            transaction,
            actor=audit.BROWSER,
            action="consent.given",
            subject=asked.client.id,
            connection_id=session.connection_id,
        )
    return answer(parts, asked.redirect_uri, {"code": code}, asked.state)


def refuse(parts: Parts, asked: Asked, session: Session) -> str:
    """Note the operator's refusal; return the redirect that tells it (section 4.1.2.1)."""
    with parts.store.begin() as transaction:
        audit.record(
            transaction,
            actor=audit.BROWSER,
            action="consent.refused",
            subject=asked.client.id,
            connection_id=session.connection_id,
        )
    told = {"error": "access_denied", "error_description": "The operator refused the request."}
    return answer(parts, asked.redirect_uri, told, asked.state)


def answer(parts: Parts, redirect_uri: str, told: Mapping[str, str], state: str | None) -> str:
    """Return the URL that carries an answer to the client, with the issuer (RFC 9207).

    A query that the redirect URI already has is kept as it is (RFC 6749 section 3.1.2).
    """
    echoed = {} if state is None else {"state": state}
    joint = "&" if "?" in redirect_uri else "?"
    return redirect_uri + joint + urlencode({**told, **echoed, "iss": parts.settings.origin})


def _addressee(parts: Parts, given: Mapping[str, list[str]]) -> tuple[Client, str]:
    """Return the client and the redirect URI, proven to belong together."""
    for name in ("client_id", "redirect_uri"):
        values = given.get(name, [])
        if len(values) != 1 or not values[0] or not is_sound(name, values[0]):
            raise InvalidRequest(
                f"The link that brought you here is damaged: `{name}` is missing, repeated or not "
                "readable. Go back to your workflow builder and start again."
            )
    client = find_client(parts, given["client_id"][0])
    if client is None:
        raise InvalidRequest(
            "The workflow builder that sent you here is not known to this Unitwire. "
            "Whoever runs it can register it: `unitwire clients add`."
        )
    redirect_uri = given["redirect_uri"][0]
    if not client.takes(redirect_uri):
        raise InvalidRequest(
            "The address to which the answer should be sent is not registered for this workflow "
            "builder, so nothing was sent there. Whoever runs this Unitwire can register it: "
            "`unitwire clients add --redirect-uri`."
        )
    return client, redirect_uri


def _judged(client: Client, redirect_uri: str, given: Mapping[str, list[str]]) -> Asked:
    for name, values in given.items():
        if len(values) > 1:
            raise InvalidRequestError("A parameter is given more than once.")
        if name in PARAMETERS and not is_sound(name, values[0]):
            raise InvalidRequestError(f"The parameter {name} is too long or not readable.")
    # A parameter without a value counts as not given (RFC 6749 section 3.1).
    parameters = {name: given[name][0] for name in PARAMETERS if given.get(name, [""])[0]}
    response_type = parameters.get("response_type")
    if response_type is None:
        raise InvalidRequestError("The parameter response_type is missing.")
    if response_type != "code":
        raise OAuth2Error(
            "Only response_type=code is supported.", error="unsupported_response_type"
        )
    challenge = _challenge(client, parameters)
    asked = scopes.split(parameters.get("scope", "")) or client.scopes
    allowed = scopes.narrowed(asked, client.scopes)
    if not allowed:
        raise InvalidScopeError("The client may ask for none of these scopes.")
    return Asked(client, redirect_uri, allowed, parameters.get("state"), challenge, parameters)


def _challenge(client: Client, parameters: Mapping[str, str]) -> str | None:
    challenge = parameters.get("code_challenge")
    method = parameters.get("code_challenge_method")
    if challenge is None and method is None and not client.pkce:
        return None
    if challenge is None:
        raise InvalidRequestError("PKCE is required: the parameter code_challenge is missing.")
    if method != "S256":
        raise InvalidRequestError("The parameter code_challenge_method must be S256.")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequestError("The parameter code_challenge is not a SHA-256 in base64url.")
    return challenge
