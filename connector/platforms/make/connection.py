"""How the app signs in (OAuth 2 with PKCE), and what all its calls share.

The address, the client and its secret are the person's own input: they belong to one installation,
and a secret of the app would go to whatever address somebody types.
"""

from typing import Any, Final

from connector.catalogue import API_VERSION
from connector.catalogue.picklists import STATIC
from connector.catalogue.places import PLACES
from connector.catalogue.scopes import SCOPES, scope_label
from connector.platforms.access import AUTHORIZE, TOKEN, TOKEN_INFO
from connector.platforms.make.component import Component

NAME: Final = "unitwire"
REVOKE: Final = "/oauth2/revoke"

_SAID: Final = "[{{statusCode}}] {{body.error.message}}"
_FAULTS: Final = "{{join(map(body.error.details, 'message'), ' ')}}"
BASE: Final[dict[str, Any]] = {
    "baseUrl": f"{{{{connection.address}}}}/{API_VERSION}",
    "headers": {"Authorization": "Bearer {{connection.accessToken}}"},
    "response": {
        "error": {
            "type": "RuntimeError",
            "message": _SAID,
            "400": {"type": "DataError", "message": f"{_SAID} {_FAULTS}"},
            "401": {"type": "InvalidAccessTokenError", "message": _SAID},
            "403": {"type": "InvalidConfigurationError", "message": _SAID},
            "404": {"type": "DataError", "message": _SAID},
            "409": {"type": "DataError", "message": _SAID},
            "422": {"type": "DataError", "message": f"{_SAID} {_FAULTS}"},
            "429": {"type": "RateLimitError", "message": _SAID},
            **{
                status: {"type": "ConnectionError", "message": _SAID}
                for status in ("500", "502", "503", "504")
            },
        }
    },
    "log": {"sanitize": ["request.headers.authorization", "response.body.endpoint.secret"]},
}
"""What every call begins with: where to, in whose name, and what becomes of its errors."""

_ADDRESS: Final = "{{parameters.address}}"
_CLIENT: Final = {
    "client_id": "{{parameters.clientId}}",
    "client_secret": "{{parameters.clientSecret}}",
}
_REDIRECT: Final = "{{oauth.localRedirectUri}}"
_VERIFIER: Final = "{{uuid}}-{{uuid}}"
_S256: Final = (
    "{{replace(replace(replace(sha256(temp.verifier, 'base64'), '+', '-'), '/', '_'), '=', '')}}"
)
_SECRETS: Final = [
    "request.body.client_secret",
    "request.body.code",
    "request.body.code_verifier",
    "request.body.refresh_token",
    "response.body.access_token",
    "response.body.refresh_token",
]
_OAUTH_ERROR: Final = {"message": "[{{statusCode}}] {{body.error_description}}"}
_TOKENS: Final = {
    "response": {
        "data": {
            "accessToken": "{{body.access_token}}",
            "refreshToken": "{{body.refresh_token}}",
            "expires": "{{addSeconds(now, body.expires_in)}}",
            "address": _ADDRESS,
        },
        "error": _OAUTH_ERROR,
    },
    "log": {"sanitize": _SECRETS},
}
COMMUNICATION: Final[dict[str, Any]] = {
    "authorize": {
        "url": f"{_ADDRESS}{AUTHORIZE}",
        "temp": {"verifier": _VERIFIER},
        "qs": {
            "response_type": "code",
            "client_id": "{{parameters.clientId}}",
            "redirect_uri": _REDIRECT,
            "scope": "{{join(distinct(merge(oauth.scope, ifempty(parameters.scopes, emptyarray)))"
            ", ' ')}}",
            "code_challenge": _S256,
            "code_challenge_method": "S256",
        },
        "response": {"temp": {"code": "{{query.code}}"}},
    },
    "token": {
        "url": f"{_ADDRESS}{TOKEN}",
        "method": "POST",
        "type": "urlencoded",
        "body": {
            "grant_type": "authorization_code",
            "code": "{{temp.code}}",
            "redirect_uri": _REDIRECT,
            "code_verifier": "{{temp.verifier}}",
            **_CLIENT,
        },
        **_TOKENS,
    },
    "refresh": {
        "condition": "{{data.expires < addMinutes(now, 5)}}",
        "url": f"{_ADDRESS}{TOKEN}",
        "method": "POST",
        "type": "urlencoded",
        "body": {
            "grant_type": "refresh_token",
            "refresh_token": "{{data.refreshToken}}",
            **_CLIENT,
        },
        **_TOKENS,
    },
    "info": {
        "url": f"{_ADDRESS}{TOKEN_INFO}",
        "headers": {"Authorization": "Bearer {{connection.accessToken}}"},
        "response": {
            "uid": "{{body.connection}}",
            "metadata": {"type": "text", "value": "{{body.operator.name}}"},
            "error": {"message": "[{{statusCode}}] {{body.error.message}}"},
        },
        "log": {"sanitize": ["request.headers.authorization"]},
    },
    "invalidate": {
        "url": f"{_ADDRESS}{REVOKE}",
        "method": "POST",
        "type": "urlencoded",
        "body": {"token": "{{data.refreshToken}}", **_CLIENT},
        "response": {"error": _OAUTH_ERROR},
        "log": {"sanitize": _SECRETS},
    },
}

_PARAMETERS: Final = [
    {
        "name": "address",
        "type": "url",
        "label": "Unitwire address",
        "help": "Where your Unitwire runs, such as `https://unitwire.example.com`: no path, no "
        "slash at the end.",
        "required": True,
        "validate": {"pattern": "^https://[^/?#]+$"},
    },
    {
        "name": "clientId",
        "type": "text",
        "label": "Client ID",
        "help": "Whoever runs your Unitwire makes it with `unitwire clients add`.",
        "required": True,
    },
    {
        "name": "clientSecret",
        "type": "password",
        "label": "Client secret",
        "help": "It was printed with the client ID.",
        "required": True,
    },
    {
        "name": "scopes",
        "type": "select",
        "multiple": True,
        "label": "More permissions",
        "help": "Only for *Make an API call*: all other modules ask for what they need.",
        "required": False,
        "advanced": True,
        "options": [
            {"label": item["label"], "value": item["value"]} for item in STATIC["scopes"]()
        ],
    },
]


def component() -> Component:
    """Return the connection; on its own it asks to see which workflows listen, and no more."""
    return Component(
        "connection",
        NAME,
        {"label": "Unitwire", "connectionType": "oauth"},
        {
            "communication": COMMUNICATION,
            "params": _PARAMETERS,
            "scopeList": {scope: scope_label(scope) for scope in SCOPES},
            "defaultScope": [PLACES["webhook_endpoint"].scope("read")],
        },
    )
