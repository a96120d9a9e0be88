"""Packages with one thing broken in them, to see which rule finds it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from connector.platforms.platform import Platform
from connector.platforms.rules import faults

Break = Callable[[Any], None]


def found_in(
    platform: Platform, package: Mapping[str, bytes], file: str, breaks: Break
) -> set[str]:
    """Return the ids of the rules that are broken once `breaks` has changed a JSON file."""
    document = json.loads(package[file])
    breaks(document)
    broken = {**package, file: json.dumps(document).encode()}
    return {fault.rule.id for fault in faults(platform.rules, broken)}
