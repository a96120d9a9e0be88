"""Packages with one thing broken in them, to see which rule finds it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from connector.platforms.platform import Platform
from connector.platforms.rules import faults

Break = Callable[[Any], None]
Files = dict[str, bytes]


def found_in(
    platform: Platform, package: Mapping[str, bytes], file: str, breaks: Break
) -> set[str]:
    """Return the ids of the rules that are broken once `breaks` has changed a JSON file."""
    document = json.loads(package[file])
    breaks(document)
    broken = {**package, file: json.dumps(document).encode()}
    return {fault.rule.id for fault in faults(platform.rules, broken)}


def edited(file: str, change: Callable[[Any], None]) -> Callable[[Files], None]:
    """Return what lets `change` change a JSON file of a package."""

    def breaks(package: Files) -> None:
        document = json.loads(package[file])
        change(document)
        package[file] = json.dumps(document).encode()

    return breaks


def replaced(file: str, old: str, new: str) -> Callable[[Files], None]:
    """Return what puts `new` for a text that a file has."""

    def breaks(package: Files) -> None:
        text = package[file].decode()
        assert old in text
        package[file] = text.replace(old, new).encode()

    return breaks


def dropped(file: str) -> Callable[[Files], None]:
    """Return what takes a file out."""

    def breaks(package: Files) -> None:
        del package[file]

    return breaks
