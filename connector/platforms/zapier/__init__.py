"""Zapier: an integration for its platform, as an npm package (CommonJS).

- `rows`: triggers, creates, searches as data; `fields`: their fields
- `rules`: what Zapier checks before it publishes an integration
- `static/`: the integration's code, which reads the rows
"""

from typing import Any, Final

from connector import __version__
from connector.catalogue import API_VERSION
from connector.platforms.platform import Platform, json_file, shared, static
from connector.platforms.triggers import flat_table
from connector.platforms.zapier import rows
from connector.platforms.zapier.rules import RULES

CORE: Final = "19.1.0"  # the version of zapier-platform-core; Zapier wants it exact


def render() -> dict[str, bytes]:
    """Return the integration."""
    return {
        **static(__name__),
        **_folder("triggers", rows.triggers()),
        **_folder("creates", rows.creates()),
        **_folder("searches", rows.searches()),
        "search_or_creates.json": json_file(rows.search_or_creates()),
        "package.json": json_file(_PACKAGE),
        "icon.png": shared("icon.png"),
        "lib/contract.json": json_file({"api_version": API_VERSION}),
        "lib/flat.json": json_file(flat_table()),
        "lib/signature.js": shared("signature.js"),
        "lib/unwrap.js": shared("unwrap.js"),
    }


def _folder(name: str, found: list[dict[str, Any]]) -> dict[str, bytes]:
    """Return a file for each row, and the index that names them, so that Zapier packs them all."""
    listed = "".join(f"  require('./{row['key']}.json'),\n" for row in found)
    index = f"'use strict';\n\nmodule.exports = [\n{listed}];\n"
    files = {f"{name}/{row['key']}.json": json_file(row) for row in found}
    return {f"{name}/index.js": index.encode(), **files}


_PACKAGE: Final = {
    "name": "unitwire-zapier",
    "version": __version__,
    "description": "Connects Stora, the self-storage software, to Zapier through Unitwire.",
    "private": True,
    "license": "MIT",
    "main": "index.js",
    "dependencies": {"zapier-platform-core": CORE},
}

ZAPIER: Final = Platform("zapier", "Zapier", render, RULES)
