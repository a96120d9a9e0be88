"""Node-RED: a package of nodes for its palette, as an npm package.

- `editor`: events, actions and searches with their fields, as the edit forms show them
- `flows`: example flows, ready to import
- `rules`: what Node-RED's library looks at
- `static/`: the nodes themselves
"""

from typing import Any, Final

from connector import __version__
from connector.catalogue import API_VERSION
from connector.platforms.node_red import editor, flows
from connector.platforms.node_red.rules import NODES, PACKAGE, RULES
from connector.platforms.platform import Files, Platform, json_file, shared, static
from connector.platforms.triggers import flat_table


def render() -> Files:
    """Return the package."""
    return {
        **static(__name__),
        "package.json": json_file(_PACKAGE),
        "lib/contract.json": json_file({"api_version": API_VERSION}),
        "lib/flat.json": json_file(flat_table()),
        "lib/signature.js": shared("signature.js"),
        "lib/unwrap.js": shared("unwrap.js"),
        "resources/catalogue.json": json_file(editor.catalogue()),
        **{f"examples/{name}.json": json_file(flow) for name, flow in flows.examples().items()},
    }


_PACKAGE: Final[dict[str, Any]] = {
    "name": PACKAGE,
    "version": __version__,
    "description": "Connects Stora, the self-storage software, to Node-RED through Unitwire.",
    "license": "MIT",
    "keywords": ["node-red", "self-storage", "stora", "unitwire"],
    "engines": {"node": ">=18"},
    "node-red": {
        "version": ">=3.1.0",
        "nodes": {f"unitwire-{name}": f"nodes/{name}.js" for name in NODES},
    },
    "files": ["examples", "lib", "nodes", "resources"],
}

NODE_RED: Final = Platform("node-red", "Node-RED", render, RULES)
