"""Writes the tables of the papers that the code already knows, between two marks:

    <!-- generated: settings -->
    …
    <!-- end -->

`make docs` writes them; with `--check` nothing is written and the exit code tells whether anything
would have been.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from connector import settings
from connector.catalogue.events import EVENTS
from connector.cli import COMMANDS

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def settings_table() -> str:
    """Return the settings as a Markdown table."""
    rows = ["| variable | default | what |", "|---|---|---|"]
    for variable, default, help in settings.table():
        rows.append(f"| `{variable}` | {f'`{default}`' if default else ''} | {help} |")
    return "\n".join(rows)


def events_table() -> str:
    """Return the event types as a Markdown table."""
    rows = ["| event type | label | group | what |", "|---|---|---|---|"]
    for event in EVENTS:
        rows.append(f"| `{event.type}` | {event.label} | {event.group} | {event.help} |")
    return "\n".join(rows)


def commands_table() -> str:
    """Return the commands of `unitwire` as a Markdown table."""
    rows = ["| command | what |", "|---|---|"]
    for name, _, help in COMMANDS:
        rows.append(f"| `unitwire {name}` | {help} |")
    return "\n".join(rows)


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "events": events_table,
    "commands": commands_table,
}


def generated(text: str) -> str:
    """Return `text` with each marked block filled in."""
    return BLOCK.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[3]}", text)


def stale(write: bool) -> list[Path]:
    """Return the papers whose tables differ from what the code says; with `write`, mend them."""
    found = []
    for paper in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = paper.read_text()
        if (fresh := generated(text)) != text:
            found.append(paper)
            if write:
                paper.write_text(fresh)
    return found


if __name__ == "__main__":
    check = "--check" in sys.argv
    papers = stale(write=not check)
    for paper in papers:
        print(f"{'stale' if check else 'written'}: {paper.relative_to(ROOT)}")
    sys.exit(bool(papers) and check)
