"""Activepieces: a piece, as an npm package (CommonJS).

- `rows`: triggers and actions as data
- `static/`: the piece's code, which makes them of the rows
"""

import base64
from typing import Any, Final

from connector import __version__
from connector.catalogue import API_VERSION
from connector.platforms.activepieces import rows
from connector.platforms.activepieces.rules import RULES
from connector.platforms.platform import Platform, json_file, shared, static
from connector.platforms.triggers import flat_table

FRAMEWORK: Final = "0.32.0"  # the version of @activepieces/pieces-framework


def render() -> dict[str, bytes]:
    """Return the piece."""
    return {
        **static(__name__),
        **_folder("triggers", rows.triggers()),
        **_folder("actions", rows.actions()),
        "package.json": json_file(_PACKAGE),
        "src/lib/about.json": json_file(_about()),
        "src/lib/flat.json": json_file(flat_table()),
        "src/lib/signature.js": shared("signature.js"),
        "src/lib/unwrap.js": shared("unwrap.js"),
    }


def _folder(name: str, found: list[dict[str, Any]]) -> dict[str, bytes]:
    """Return a file for each row, and the index that names them, so that a bundler finds all."""
    listed = "".join(f"  require('./{row['name']}.json'),\n" for row in found)
    index = f"'use strict';\n\nmodule.exports = [\n{listed}];\n"
    files = {f"src/{name}/{row['name']}.json": json_file(row) for row in found}
    return {f"src/{name}/index.js": index.encode(), **files}


def _about() -> dict[str, str]:
    """Return what the code knows of Unitwire; the icon is inside, for it has no address."""
    icon = base64.b64encode(shared("icon.svg")).decode()
    return {"api_version": API_VERSION, "logo": f"data:image/svg+xml;base64,{icon}"}


_PACKAGE: Final = {
    "name": "@unitwire/piece-unitwire",
    "version": __version__,
    "description": "Connects Stora, the self-storage software, to Activepieces through Unitwire.",
    "license": "MIT",
    "main": "src/index.js",
    "files": ["src"],
    "dependencies": {"@activepieces/pieces-framework": FRAMEWORK},
}

ACTIVEPIECES: Final = Platform("activepieces", "Activepieces", render, RULES)
