"""The contract of the API: its routes, and the OpenAPI 3.1 document that tells of them.

Both come from the same declarations. `/openapi.json` serves the document of an installation;
`contract` is the same without an installation, and so without an address.
"""

import json
from functools import cache
from typing import Any, Final

from flask import Flask, Response
from marshmallow.fields import Field

from connector.catalogue.actions import ACTIONS
from connector.catalogue.fields import Metadata
from connector.catalogue.json_schema import METADATA, JsonSchema
from connector.catalogue.openapi import components, shared, webhooks
from connector.catalogue.scopes import SCOPES, scope_label
from connector.dialect.answers import answer
from connector.web.actions import actions, operation
from connector.web.api import PREFIX, ContractApi, Name, security, settings_of_api
from connector.web.deliveries import deliveries
from connector.web.event_types import event_types
from connector.web.links import add_links
from connector.web.picklists import picklists
from connector.web.webhook_endpoints import webhook_endpoints

API_BLUEPRINTS: Final = (webhook_endpoints, event_types, actions, picklists, deliveries)

INFO: Final = {
    "summary": "Stora, the self-storage software, for no-code workflow builders.",
    "description": "Unitwire speaks Stora's own dialect: paths, envelopes, errors, webhooks. "
    "Subscribe with a webhook endpoint, act with actions, fill fields from picklists. "
    "Unitwire is not affiliated with Stora.",
    "license": {"name": "MIT", "identifier": "MIT"},
}

# Where a builder's app gets its tokens and renews them (RFC 6749), seen from the server's address.
AUTHORIZE: Final = "/oauth2/authorize"
TOKEN: Final = "/oauth2/token"  # noqa: S105 - an address
ACCESS: Final[JsonSchema] = {
    "oauth2": {
        "type": "oauth2",
        "description": "For the apps of workflow builders; with PKCE, by the method S256.",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": AUTHORIZE,
                "tokenUrl": TOKEN,
                "refreshUrl": TOKEN,
                "scopes": {scope: scope_label(scope) for scope in SCOPES},
            }
        },
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "For scripts: a personal token, made with `unitwire tokens add`.",
    },
}


def declare(app: Flask, origin: str) -> None:
    """Add the API's routes to `app`, and /openapi.json, which says that they are at `origin`."""
    api = _declared(app)

    @cache
    def document() -> dict[str, Any]:
        return _document(api) | {"servers": [{"url": origin}]}

    def openapi() -> Response:
        return answer(document())

    app.add_url_rule("/openapi.json", view_func=openapi)


def contract() -> dict[str, Any]:
    """Return the document without `servers`; the same on every call, whatever the settings."""
    return _document(_declared(Flask("contract")))


def _declared(app: Flask) -> ContractApi:
    app.url_map.converters["default"] = Name
    settings_of_api(app)
    api = ContractApi(app, spec_kwargs={"info": INFO, "security": security()})
    api.ma_plugin.converter.add_attribute_function(_metadata)
    api.register_converter(Name, lambda _: {"type": "string", "pattern": f"^{Name.regex}$"})
    for blueprint in API_BLUEPRINTS:
        api.register_blueprint(blueprint)
    return api


def _metadata(_converter: object, field: Field[Any], **_: object) -> JsonSchema:
    """Return what OpenAPI says of metadata in a body; flask-smorest knows it as any object."""
    if not isinstance(field, Metadata):
        return {}
    kinds = ["string", "null"] if field.patch else "string"
    return METADATA | {"additionalProperties": METADATA["additionalProperties"] | {"type": kinds}}


def _document(api: ContractApi) -> dict[str, Any]:
    """Return what the routes declare, with the events and how to sign in; each resource once."""
    declared = api.spec.to_dict()
    add_links(declared["paths"])
    acting = {
        f"{PREFIX}/actions/{action.key}": {
            "post": {**operation(action), "security": security(action.scopes)}
        }
        for action in ACTIONS
    }
    told = components()
    schemas = declared["components"]["schemas"] | told["schemas"]
    document = {
        "openapi": declared["openapi"],
        "info": declared["info"],
        "security": declared["security"],
        "tags": declared["tags"],
        "paths": shared(declared["paths"] | acting),
        "webhooks": webhooks(),
        "components": {
            **declared["components"],
            "schemas": dict(sorted(schemas.items())),
            "parameters": told["parameters"],
            "securitySchemes": ACCESS,
        },
    }
    return _without_unused_schemas(document)


def _without_unused_schemas(document: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(document)
    parts = document["components"]
    used = {
        name: schema
        for name, schema in parts["schemas"].items()
        if f'"#/components/schemas/{name}"' in text
    }
    return document | {"components": parts | {"schemas": used}}
