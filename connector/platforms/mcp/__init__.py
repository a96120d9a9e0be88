"""MCP: what assistants are offered, as a list to read, and how an assistant is set up.

Nothing has to be installed in an assistant: it asks an installation for its tools, at `/mcp` or
from `unitwire mcp`. So the package holds the answer, and the lines for an assistant's settings.
"""

from collections.abc import Mapping
from typing import Any, Final

from connector.catalogue.scopes import SCOPES
from connector.catalogue.tools import documents_for
from connector.platforms.guide import EXAMPLE
from connector.platforms.mcp.guide import NAME, server
from connector.platforms.mcp.rules import RULES, TOOLS
from connector.platforms.platform import Files, Platform, json_file, static

_LOCAL: Final = {
    "command": "unitwire",
    "args": ["mcp", "--token-file", "/var/lib/unitwire/assistant-token"],
    "env": {"UNITWIRE_DATABASE_URL": "sqlite:////var/lib/unitwire/unitwire.db"},
}


def render() -> Files:
    """Return the package."""
    return {
        **static(__name__),
        TOOLS: json_file({"tools": documents_for(SCOPES)}),
        "settings/remote.json": _settings(server(f"{EXAMPLE}/mcp")),
        "settings/this-machine.json": _settings(_LOCAL),
    }


def _settings(entry: Mapping[str, Any]) -> bytes:
    return json_file({"mcpServers": {NAME: entry}})


MCP: Final = Platform("mcp", "MCP", render, RULES)
