"""n8n: a community node package, in TypeScript, with what n8n loads compiled beside it.

- `rows`: operations and events as data; `fields`: their fields; `workflows`: examples to import
- `rules`: what n8n demands of names, texts and packages
- `static/`: the nodes' code, which reads the rows, and its compiled form under `dist/`
"""

from typing import Final

from connector import __version__
from connector.catalogue import API_VERSION
from connector.platforms.n8n import rows
from connector.platforms.n8n.rules import RULES
from connector.platforms.n8n.workflows import NAME, workflows
from connector.platforms.platform import Platform, json_file, shared, static
from connector.platforms.triggers import flat_table

HOME: Final = "nodes/Unitwire"
DIST: Final = "dist"


def render() -> dict[str, bytes]:
    """Return the package."""
    data = _data()
    return {
        **static(__name__),
        **data,
        **{f"{DIST}/{path}": content for path, content in data.items()},
        **{f"examples/{name}.json": json_file(each) for name, each in workflows().items()},
        "package.json": json_file(_PACKAGE),
    }


def _data() -> dict[str, bytes]:
    """Return what both the sources and the compiled code read."""
    groups = rows.groups()
    listed = "".join(f"  require('./{group['resource']['value']}.json'),\n" for group in groups)
    index = f"'use strict';\n\nmodule.exports = [\n{listed}];\n"
    return {
        **{
            f"{HOME}/actions/{group['resource']['value']}.json": json_file(group)
            for group in groups
        },
        f"{HOME}/actions/index.js": index.encode(),
        f"{HOME}/lib/choices.json": json_file(rows.choices()),
        f"{HOME}/lib/contract.json": json_file({"api_version": API_VERSION}),
        f"{HOME}/lib/events.json": json_file(rows.events()),
        f"{HOME}/lib/flat.json": json_file(flat_table()),
        f"{HOME}/lib/signature.js": shared("signature.js"),
        f"{HOME}/lib/unwrap.js": shared("unwrap.js"),
        f"{HOME}/unitwire.svg": shared("icon.svg"),
        f"{HOME}/Unitwire.node.json": json_file(_codex("unitwire")),
        f"{HOME}/UnitwireTrigger.node.json": json_file(_codex("unitwireTrigger")),
    }


def _codex(node: str) -> dict[str, object]:
    """Return by what words people find a node."""
    return {
        "node": f"{NAME}.{node}",
        "nodeVersion": "1.0",
        "codexVersion": "1.0",
        "categories": ["Sales", "Productivity"],
        "alias": ["Stora", "self-storage", "self storage"],
    }


_PACKAGE: Final = {
    "name": NAME,
    "version": __version__,
    "description": "Connects Stora, the self-storage software, to n8n through Unitwire.",
    "license": "MIT",
    "keywords": ["n8n-community-node-package", "self-storage", "stora"],
    "files": [DIST],
    "n8n": {
        "n8nNodesApiVersion": 1,
        "strict": True,
        "credentials": [f"{DIST}/credentials/UnitwireOAuth2Api.credentials.js"],
        "nodes": [
            f"{DIST}/{HOME}/Unitwire.node.js",
            f"{DIST}/{HOME}/UnitwireTrigger.node.js",
        ],
    },
    "scripts": {"build": "tsc"},
    "peerDependencies": {"n8n-workflow": "*"},
}

N8N: Final = Platform("n8n", "n8n", render, RULES)
