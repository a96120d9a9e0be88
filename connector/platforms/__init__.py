"""How each platform wants to be told: one folder each, which reads the catalogue only.

- `platform`: what a package is; `rules`: what it is held to
- `triggers`: what a trigger gives, and which events get one of their own; `wording`: names
- `choosing`: where the choices of an id come from; `access`: what an operator is asked to allow
- `recipes`: workflows that people ask for; `told`: the same as steps, in a platform's labels
- `guide`: what a person copies and does to bring a builder and Unitwire together; `builders`: all
- `costs`: what one run of a workflow uses up at its builder
- `documents`: rules that hold for every description of an API
- `static/`: code that runs on several platforms

A platform's folder holds what is particular to it: a module that renders the data, and under
`static/` the code of the package as real files. A new platform is a folder and a line in PLATFORMS,
and in BUILDERS, if people choose it.
"""

from collections.abc import Iterable
from typing import Final

from connector.platforms.activepieces import ACTIVEPIECES
from connector.platforms.asyncapi import ASYNCAPI
from connector.platforms.make import MAKE
from connector.platforms.mcp import MCP
from connector.platforms.n8n import N8N
from connector.platforms.node_red import NODE_RED
from connector.platforms.pipedream import PIPEDREAM
from connector.platforms.platform import Platform
from connector.platforms.power_automate import POWER_AUTOMATE
from connector.platforms.zapier import ZAPIER

PLATFORMS: Final[tuple[Platform, ...]] = (
    ZAPIER,
    N8N,
    ASYNCAPI,
    MCP,
    NODE_RED,
    POWER_AUTOMATE,
    MAKE,
    ACTIVEPIECES,
    PIPEDREAM,
)


def render_all(platforms: Iterable[Platform] = PLATFORMS) -> dict[str, bytes]:
    """Return all packages: `zapier/package.json` and so on, to content; the same on every call."""
    return {
        f"{platform.slug}/{path}": content
        for platform in platforms
        for path, content in sorted(platform.render().items())
    }
