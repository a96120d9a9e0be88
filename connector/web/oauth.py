"""The endpoints that builders call by machine: token, revocation, token info, metadata.

They answer errors as RFC 6749 section 5.2 says, `{"error", "error_description"}`; only token info,
which is a resource of Stora's API, answers Stora's error object.
Parameters are taken as a form, as the standard has it, or as JSON, as Stora has it.
"""

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from flask import Blueprint, Response, request

from connector.dialect.answers import answer
from connector.dialect.body import read_object
from connector.errors import InvalidContent, UnitwireError
from connector.flows import tokens
from connector.flows.authorise import is_sound
from connector.flows.callers import MAX_CREDENTIAL, caller_of
from connector.flows.clients import Client, prove_client
from connector.web.api import parts
from connector.web.forms import form_pairs

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749 section 5.1
PARAMETERS = frozenset(
    (
        *("grant_type", "client_id", "client_secret", "code", "redirect_uri", "code_verifier"),
        *("refresh_token", "scope", "token", "token_type_hint"),
    )
)
AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]

oauth = Blueprint("oauth", __name__)


@oauth.errorhandler(OAuth2Error)
def refused(error: OAuth2Error) -> Response:
    """Answer an error in OAuth's own shape."""
    challenge = {"WWW-Authenticate": 'Basic realm="Unitwire"'} if error.status_code == 401 else {}
    return answer(dict(error.get_body()), error.status_code, NO_STORE | challenge)


@oauth.post("/oauth2/token")
def token() -> Response:
    """Give tokens for a code or for a refresh token."""
    given = parameters()
    match given.get("grant_type"):
        case "authorization_code":
            issued = tokens.exchange(
                parts(),
                authenticated(given),
                code=needed(given, "code"),
                redirect_uri=needed(given, "redirect_uri"),
                code_verifier=given.get("code_verifier"),
            )
        case "refresh_token":
            issued = tokens.refresh(
                parts(),
                authenticated(given),
                refresh_token=needed(given, "refresh_token"),
                scope=given.get("scope", ""),
            )
        case None:
            raise InvalidRequestError("The parameter grant_type is missing.")
        case _:
            raise OAuth2Error(
                "Use grant_type authorization_code or refresh_token.",
                error="unsupported_grant_type",
            )
    return answer(issued.body(), headers=NO_STORE)


@oauth.post("/oauth2/revoke")
def revoke() -> Response:
    """Revoke a token (RFC 7009); whether it existed is not told."""
    given = parameters()
    tokens.revoke(parts(), authenticated(given), needed(given, "token"))
    return answer({}, headers=NO_STORE)


@oauth.get("/oauth2/token/info")
def info() -> Response:
    """Tell a token what it is: the builders' connection test and label.

    Stora page: Retrieve info for the access token; `connection` is added. `expires_in` is a moment
    (epoch seconds), as in Stora's example, and null for a token that never expires.
    """
    caller = caller_of(parts(), request.headers.get("Authorization"))
    return answer(
        {
            "scope": sorted(caller.scopes),
            "expires_in": None if caller.expires_at is None else caller.expires_at // 1000,
            "application": {"uid": caller.creator},
            "created_at": caller.created_at // 1000,
            "operator": {"name": caller.operator},
            "connection": caller.connection_id,
        },
        headers=NO_STORE,
    )


@oauth.get("/.well-known/oauth-authorization-server")
def metadata() -> Response:
    """Answer the metadata document (RFC 8414); the issuer never depends on the request."""
    settings = parts().settings
    issuer = settings.origin
    return answer(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/oauth2/authorize",
            "token_endpoint": f"{issuer}/oauth2/token",
            "revocation_endpoint": f"{issuer}/oauth2/revoke",
            "scopes_supported": sorted(settings.stora_scopes),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": AUTH_METHODS,
            "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
    )


# ---- reading a request -------------------------------------------------------------------------


def parameters() -> dict[str, str]:
    """Return the known parameters of the body that have a value (RFC 6749 section 3.2).

    Raises `InvalidRequestError` for a body that cannot be read, for a parameter that is given
    twice, and for any in the URL, where secrets would end up in logs (section 2.3.1).
    """
    if request.query_string:
        raise InvalidRequestError("Send the parameters in the body, not in the URL.")
    pairs: list[tuple[str, object]]
    try:
        if request.mimetype == "application/json":
            pairs = list(read_object(request).items())
        else:
            pairs = list(form_pairs())
    except UnitwireError as error:
        status = 400 if isinstance(error, InvalidContent) else error.status  # section 5.2
        raise InvalidRequestError(
            "Send the parameters as a form or as a JSON object.", status_code=status
        ) from None
    if len(dict(pairs)) != len(pairs):
        raise InvalidRequestError("A parameter is given more than once.")
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in PARAMETERS or value is None or value == "":
            continue
        if not isinstance(value, str) or not is_sound(name, value):
            raise InvalidRequestError(f"The parameter {name} is too long or not readable.")
        given[name] = value
    return given


def needed(given: dict[str, str], name: str) -> str:
    """Return a parameter; raises `InvalidRequestError` if it is missing."""
    if name not in given:
        raise InvalidRequestError(f"The parameter {name} is missing.")
    return given[name]


def authenticated(given: dict[str, str]) -> Client:
    """Return the client that sent the request, proven in exactly one way (section 2.3).

    Raises `InvalidClientError` (401) if it is unknown, revoked or not proven, and
    `InvalidRequestError` if it tries two ways at once.
    """
    header = request.headers.get("Authorization")
    if header is None:
        client_id, secret = needed(given, "client_id"), given.get("client_secret")
    else:
        client_id, secret = basic(header)
        if "client_secret" in given or given.get("client_id", client_id) != client_id:
            raise InvalidRequestError("Prove the client in one way: by header or in the body.")
    client = prove_client(parts(), client_id, secret)
    if client is None:
        raise unknown_client()
    return client


def basic(header: str) -> tuple[str, str | None]:
    """Return client id and secret of a Basic header; raises `InvalidClientError`."""
    try:
        if len(header) > MAX_CREDENTIAL:
            raise unknown_client()
        client_id, secret = extract_basic_authorization({"Authorization": header})
    except ValueError:  # not base64, or not text
        raise unknown_client() from None
    if not client_id or not is_sound("client_id", client_id):
        raise unknown_client()
    return client_id, secret or None


def unknown_client() -> InvalidClientError:
    """Return the one error for a client that is unknown, revoked or not proven."""
    return InvalidClientError("The client is unknown or its secret is wrong.", status_code=401)
