"""The connector's `apiDefinition.swagger.json`: triggers, actions, and what fills their fields.

Two operations cannot share a path in Swagger, but all triggers subscribe at the same one. So each
has a path of its own, `/on/invoice_paid`, and `properties` routes it to where it really goes.
"""

from typing import Final

from connector import __version__
from connector.catalogue import API_VERSION
from connector.catalogue.actions import ACTIONS
from connector.catalogue.scopes import scope_label
from connector.platforms.access import AUTHORIZE, TOKEN, TOKEN_INFO, scopes_for
from connector.platforms.guide import Here
from connector.platforms.power_automate.pieces import PROBLEM
from connector.platforms.power_automate.schemas import Schema, definitions
from connector.platforms.power_automate.steps import choices, connection, step
from connector.platforms.power_automate.triggers import (
    ENDPOINTS,
    trigger,
    trigger_path,
    unsubscribe,
)
from connector.platforms.triggers import NAMED

HOST: Final = Here().host
"""Stands for the installation's own, which whoever sets up the connector fills in."""


def definition() -> Schema:
    """Return the document."""
    return {
        "swagger": "2.0",
        "info": {
            "title": "Unitwire for Stora",
            "version": __version__,
            "description": "Lets flows begin when something happens in Stora, the self-storage "
            "software, and act and look up in it. Unitwire is not affiliated with Stora.",
            "contact": {"name": "Whoever runs your Unitwire"},
        },
        "host": HOST,
        "basePath": "/",
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "paths": {
            **{trigger_path(event): trigger(event) for event in NAMED},
            trigger_path(None): trigger(None),
            f"{ENDPOINTS}/{{id}}": {"delete": unsubscribe()},
            **{f"/{API_VERSION}/actions/{each.key}": {"post": step(each)} for each in ACTIONS},
            f"/{API_VERSION}/picklists/{{name}}": {"get": choices()},
            TOKEN_INFO: {"get": connection()},
        },
        "definitions": definitions() | {"Problem": PROBLEM},
        "securityDefinitions": {
            "oauth2": {
                "type": "oauth2",
                "flow": "accessCode",
                "authorizationUrl": f"https://{HOST}{AUTHORIZE}",
                "tokenUrl": f"https://{HOST}{TOKEN}",
                "scopes": {scope: scope_label(scope) for scope in scopes_for(ACTIONS)},
            }
        },
        "security": [{"oauth2": list(scopes_for(ACTIONS))}],
    }
