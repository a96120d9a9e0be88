"""AsyncAPI 3: the events as messages, for whoever documents or generates what receives them."""

from collections.abc import Iterator
from typing import Final

from connector import __version__
from connector.catalogue.asyncapi import asyncapi
from connector.catalogue.events import EVENT_TYPES
from connector.platforms.documents import Package, no_address, no_loose_ends, read
from connector.platforms.platform import Files, Platform, json_file, static
from connector.platforms.rules import Rule

DOCUMENT: Final = "asyncapi.json"


def render() -> Files:
    """Return the package: the document that /asyncapi.json serves, without an address."""
    return {**static(__name__), DOCUMENT: json_file(asyncapi(None, __version__))}


def _whole(package: Package) -> Iterator[str]:
    messages = read(package, DOCUMENT)["components"]["messages"]
    yield from (each for each in EVENT_TYPES if each not in messages)


RULES: Final = (
    no_address("A001", DOCUMENT),
    Rule("A002", "All event types are there, each as a message.", _whole),
    no_loose_ends("A003", DOCUMENT),
)

ASYNCAPI: Final = Platform("asyncapi", "AsyncAPI", render, RULES)
