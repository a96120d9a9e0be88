"""The connector's `apiProperties.json`: how it signs in, and where its triggers really go."""

from typing import Any, Final

from connector.catalogue.actions import ACTIONS
from connector.platforms.access import AUTHORIZE, TOKEN, scopes_for
from connector.platforms.power_automate.definition import HOST
from connector.platforms.power_automate.triggers import ENDPOINTS, trigger_id
from connector.platforms.triggers import NAMED

BRAND: Final = "#0f766e"
"""The colour behind the icon; the page's own."""

REDIRECT: Final = "https://global.consent.azure-apim.net/redirect"
"""Where Microsoft takes the browser back. A connector of one's own has more behind it, which its
page on security shows."""

SETTINGS: Final = {
    "connectorId": None,
    "environment": None,
    "apiProperties": "apiProperties.json",
    "apiDefinition": "apiDefinition.swagger.json",
    "icon": "icon.png",
    "script": None,
}
"""What Microsoft's command line asks for; the two without a value are the account's own."""


def properties() -> dict[str, Any]:
    """Return the document."""
    return {
        "properties": {
            "iconBrandColor": BRAND,
            "publisher": "Unitwire",
            "stackOwner": "Unitwire",
            "capabilities": [],
            "connectionParameters": {
                "token": {
                    "type": "oauthSetting",
                    "oAuthSettings": {
                        "identityProvider": "oauth2",
                        "clientId": "",
                        "scopes": list(scopes_for(ACTIONS)),
                        "redirectMode": "Global",
                        "redirectUrl": REDIRECT,
                        "properties": {"IsFirstParty": "False"},
                        "customParameters": {
                            "authorizationUrl": {"value": f"https://{HOST}{AUTHORIZE}"},
                            "tokenUrl": {"value": f"https://{HOST}{TOKEN}"},
                            "refreshUrl": {"value": f"https://{HOST}{TOKEN}"},
                        },
                    },
                }
            },
            "policyTemplateInstances": [
                {
                    "templateId": "routerequesttoendpoint",
                    "title": "Subscribe",
                    "parameters": {
                        "x-ms-apimTemplateParameter.newPath": ENDPOINTS,
                        "x-ms-apimTemplateParameter.httpMethod": "POST",
                        "x-ms-apimTemplate-operationName": [
                            trigger_id(event) for event in (*NAMED, None)
                        ],
                    },
                }
            ],
        }
    }
