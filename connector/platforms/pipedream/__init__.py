"""Pipedream: components for its registry, as an npm package (ES modules).

- `components`: a source or an action each as a module; `props`: what they ask for
- `static/`: the app and what all components do
"""

from typing import Final

from connector import __version__
from connector.catalogue import API_VERSION
from connector.catalogue.actions import ACTIONS
from connector.platforms.pipedream import components, props
from connector.platforms.pipedream.rules import RULES
from connector.platforms.platform import Platform, json_file, shared, static
from connector.platforms.triggers import NAMED, flat_table

PLATFORM: Final = "3.4.0"  # the version of @pipedream/platform


def render() -> dict[str, bytes]:
    """Return the package."""
    return {
        **static(__name__),
        **{file: code.encode() for file, code in _components()},
        "common/choices.json": json_file(props.choices()),
        "common/contract.json": json_file({"api_version": API_VERSION}),
        "common/flat.json": json_file(flat_table()),
        "common/signature.js": shared("signature.js"),
        "common/unwrap.js": shared("unwrap.js"),
        "package.json": json_file(_PACKAGE),
    }


def _components() -> list[tuple[str, str]]:
    sources = [components.source(event) for event in (*NAMED, None)]
    actions = [components.action(action) for action in ACTIONS]
    return [file for component in (*sources, *actions) for file in component]


_PACKAGE: Final = {
    "name": "@unitwire/pipedream",
    "version": __version__,
    "description": "Connects Stora, the self-storage software, to Pipedream through Unitwire.",
    "license": "MIT",
    "main": "unitwire.app.mjs",
    "dependencies": {"@pipedream/platform": PLATFORM},
}

PIPEDREAM: Final = Platform("pipedream", "Pipedream", render, RULES)
