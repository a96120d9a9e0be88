"""Power Automate: a custom connector, in Swagger 2.0 with Microsoft's extensions.

- `definition`: what the connector can do; `schemas`: its fields
- `properties`: how it signs in, and where its triggers really go
- `rules`: what Microsoft's validators demand

A connector has no code, so a flow gets an event just as it is delivered.
"""

from typing import Final

from connector.platforms.platform import Files, Platform, json_file, shared, static
from connector.platforms.power_automate.definition import definition
from connector.platforms.power_automate.properties import SETTINGS, properties
from connector.platforms.power_automate.rules import RULES


def render() -> Files:
    """Return the connector's files, by the names that Microsoft's tools look for."""
    return {
        **static(__name__),
        "apiDefinition.swagger.json": json_file(definition()),
        "apiProperties.json": json_file(properties()),
        "settings.json": json_file(SETTINGS),
        "icon.png": shared("icon.png"),
    }


POWER_AUTOMATE: Final = Platform("power-automate", "Power Automate", render, RULES)
