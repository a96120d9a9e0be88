"""Rules that hold for every document that describes an API, whatever it is written in."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from connector.platforms.rules import Rule

Package = Mapping[str, bytes]


def read(package: Package, name: str) -> dict[str, Any]:
    """Return the JSON object in the file `name`."""
    document: dict[str, Any] = json.loads(package[name])
    return document


def no_address(id: str, name: str) -> Rule:
    """Return the rule that the document `name` names no server."""

    def check(package: Package) -> Iterator[str]:
        if "servers" in read(package, name):
            yield "servers"

    return Rule(id, "The document is for every installation: it names no address.", check)


def no_loose_ends(id: str, name: str) -> Rule:
    """Return the rule that every reference in the document `name` leads somewhere."""

    def check(package: Package) -> Iterator[str]:
        document = read(package, name)
        for each in sorted(set(_references(document))):
            if not _leads_somewhere(document, each):
                yield each

    return Rule(id, "Every reference leads somewhere.", check)


def _references(value: object) -> Iterator[str]:
    match value:
        case dict():
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for part in value.values():
                yield from _references(part)
        case list():
            for part in value:
                yield from _references(part)


def _leads_somewhere(document: Any, reference: str) -> bool:
    for key in reference.removeprefix("#/").split("/"):
        if not isinstance(document, dict) or key not in document:
            return False
        document = document[key]
    return True
