"""What n8n demands of a community package, as far as its linter cannot see it in the data.

The ids from `N101` on are ours; the texts are n8n's guidelines for nodes.
"""

from typing import Final

from connector.platforms.rules import Rule

RULES: Final[tuple[Rule, ...]] = ()
