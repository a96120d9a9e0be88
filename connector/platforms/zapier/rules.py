"""What Zapier checks before it publishes an integration, by the ids of its own checks."""

from typing import Final

from connector.platforms.rules import Rule

RULES: Final[tuple[Rule, ...]] = ()
