"""OpenAPI 3.1: the contract for whoever imports or generates, and how to verify what is sent.

The document is the one that /openapi.json serves, without an address; the routes declare it, so it
is handed in.
"""

from collections.abc import Callable, Mapping
from typing import Any

from connector.platforms.openapi.rules import DOCUMENT, RULES
from connector.platforms.platform import Files, Platform, json_file, static

Contract = Callable[[], Mapping[str, Any]]


def openapi(contract: Contract) -> Platform:
    """Return the package around the document that `contract` returns."""

    def render() -> Files:
        return {**static(__name__), DOCUMENT: json_file(contract())}

    return Platform("openapi", "OpenAPI", render, RULES)
