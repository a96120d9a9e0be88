"""Example workflows to import."""

from typing import Any


def workflows() -> dict[str, dict[str, Any]]:
    """Return workflows by name."""
    return {}
