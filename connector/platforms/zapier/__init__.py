"""Zapier: an integration for its platform, as an npm package (CommonJS)."""

from connector.platforms.platform import Platform, static
from connector.platforms.zapier.rules import RULES


def render() -> dict[str, bytes]:
    """Return the integration."""
    return static(__name__)


ZAPIER = Platform("zapier", "Zapier", render, RULES)
