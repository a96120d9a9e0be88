"""The builders that a person can choose, in the order in which they are offered.

The key is the value of `metadata.source`, and of `--platform` where a client is registered.
"""

from collections.abc import Mapping
from typing import Final

from connector.platforms.activepieces.guide import guide as activepieces
from connector.platforms.guide import Here, Tell
from connector.platforms.make.guide import guide as make
from connector.platforms.mcp.guide import guide as mcp
from connector.platforms.n8n.guide import guide as n8n
from connector.platforms.node_red.guide import guide as node_red
from connector.platforms.openapi.guide import guide as openapi
from connector.platforms.pipedream.guide import guide as pipedream
from connector.platforms.power_automate.guide import guide as power_automate
from connector.platforms.zapier.guide import guide as zapier

BUILDERS: Final[Mapping[str, Tell]] = {
    "zapier": zapier,
    "n8n": n8n,
    "make": make,
    "power-automate": power_automate,
    "node-red": node_red,
    "activepieces": activepieces,
    "pipedream": pipedream,
    "mcp": mcp,
    "custom": openapi,
}

NAMES: Final = {slug: tell(Here()).name for slug, tell in BUILDERS.items()}
"""What each builder calls itself."""
