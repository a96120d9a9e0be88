"""Writes the tables of the papers that the code already knows, between two marks:

    <!-- generated: settings -->
    …
    <!-- end -->

`make docs` writes them; with `--check` nothing is written and the exit code tells whether anything
would have been.
"""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

from connector import settings
from connector.catalogue.actions import ACTIONS
from connector.catalogue.describe import describe
from connector.catalogue.events import EVENTS
from connector.cli import COMMANDS
from connector.cli.manifests import PACKAGES
from connector.errors import situations
from connector.flows.quotas import QUOTAS
from connector.platforms.activepieces import guide as activepieces
from connector.platforms.builders import BUILDERS
from connector.platforms.guide import Here, registering
from connector.platforms.make import steps as make_steps
from connector.platforms.make import triggers as make_triggers
from connector.platforms.pipedream import guide as pipedream
from connector.platforms.pipedream.components import source_name
from connector.platforms.power_automate import guide as power_automate
from connector.platforms.power_automate import triggers as power_automate_triggers
from connector.platforms.told import recipes_told
from connector.platforms.zapier import guide as zapier
from connector.web import limits

ROOT = Path(__file__).parent.parent
LONG = 80  # characters; a longer value is on the page, ready to be copied
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


def actions_table() -> str:
    """Return the actions and searches as a Markdown table; required fields are bold."""
    rows = ["| key | kind | what | fields |", "|---|---|---|---|"]
    for action in ACTIONS:
        fields = ", ".join(
            f"**{field.key}**" if field.required else field.key for field in describe(action.input)
        )
        rows.append(f"| `{action.key}` | {action.kind} | {action.help} | {fields} |")
    return "\n".join(rows)


def errors_table() -> str:
    """Return the situations that a builder may meet as a Markdown table."""
    rows = ["| status | code | when | do next |", "|---|---|---|---|"]
    for each in situations():
        rows.append(f"| {each.status} | `{each.code}` | {each.when} | {each.next} |")
    return "\n".join(rows)


def quotas_table() -> str:
    """Return what one connection may have at most as a Markdown table."""
    rows = ["| what | at most | what to do then |", "|---|---|---|"]
    rows += [f"| {quota.what} | {quota.most:,} | {quota.advice} |" for quota in QUOTAS]
    return "\n".join(rows)


def rates_table() -> str:
    """Return how often one caller may ask as a Markdown table."""
    return "\n".join(
        [
            "| what | at most |",
            "|---|---|",
            *(f"| {what} | {often} |" for what, often in limits.table()),
        ]
    )


def platforms_table() -> str:
    """Return what the proofs of the platforms have shown, as a Markdown table."""
    proofs = json.loads((ROOT / "docs" / "platforms" / "proofs.json").read_text())
    columns = ["auth", "instant trigger", "actions", "searches", "dropdowns", "proven with"]
    rows = ["| " + " | ".join(["platform", *columns]) + " |", "|---" * (len(columns) + 1) + "|"]
    for platform in PACKAGES:
        if platform.slug in proofs:
            cells = [proofs[platform.slug][column] for column in columns]
            name = platform.name
            if (ROOT / "docs" / "platforms" / f"{platform.slug}.md").exists():
                name = f"[{name}](docs/platforms/{platform.slug}.md)"
            rows.append("| " + " | ".join([name, *cells]) + " |")
    return "\n".join(rows)


def recipes_for_make() -> str:
    """Return the recipes as lists of steps, in the labels of Make's app."""
    return recipes_told(make_triggers.trigger_label, make_steps.step_label)


def recipes_for_power_automate() -> str:
    """Return the recipes as lists of steps, in the labels of Power Automate's connector."""
    return recipes_told(power_automate_triggers.trigger_label, power_automate.step_label)


def recipes_for_activepieces() -> str:
    """Return the recipes as lists of steps, in the labels of the Activepieces piece."""
    return recipes_told(activepieces.trigger_label, activepieces.step_label)


def recipes_for_pipedream() -> str:
    """Return the recipes as lists of steps, in the names of Pipedream's components."""
    return recipes_told(source_name, pipedream.step_label)


def recipes_for_zapier() -> str:
    """Return the recipes as lists of steps, in the labels of Zapier's integration."""
    return recipes_told(zapier.trigger_label, zapier.step_label)


def scopes_table() -> str:
    """Return what needs a scope that is not asked of Stora by default, as a Markdown table."""
    rows = ["| scope | needed by |", "|---|---|"]
    for scope in settings.UNCONFIRMED_SCOPES:
        needing = ", ".join(f"`{each.key}`" for each in ACTIONS if scope in each.scopes)
        rows.append(f"| `{scope}` | {needing} |")
    return "\n".join(rows)


def scopes_setting() -> str:
    """Return the line that asks Stora for all scopes."""
    return f"```sh\nUNITWIRE_STORA_SCOPES={','.join(settings.ALL_SCOPES)}\n```"


def builders_table() -> str:
    """Return what is registered for each builder, and what is copied into it, as a table."""
    rows = ["| builder | registered by | copied into it |", "|---|---|---|"]
    for slug, guide_of in BUILDERS.items():
        guide = guide_of(Here(client="app_…", scopes=settings.LEAST_SCOPES))
        copied = "; ".join(
            f"{value.label}: `{value.text}`" if len(value.text) < LONG else value.label
            for value in guide.values
        )
        rows.append(f"| {guide.name} | `{registering(slug, guide)}` | {copied} |")
    return "\n".join(rows)


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "events": events_table,
    "commands": commands_table,
    "recipes_for_make": recipes_for_make,
    "recipes_for_power_automate": recipes_for_power_automate,
    "recipes_for_activepieces": recipes_for_activepieces,
    "recipes_for_pipedream": recipes_for_pipedream,
    "recipes_for_zapier": recipes_for_zapier,
    "scopes": scopes_table,
    "scopes_setting": scopes_setting,
    "actions": actions_table,
    "errors": errors_table,
    "quotas": quotas_table,
    "rates": rates_table,
    "platforms": platforms_table,
    "builders": builders_table,
}


def generated(text: str) -> str:
    """Return `text` with each marked block filled in."""
    return BLOCK.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[3]}", text)


def stale(write: bool) -> list[Path]:
    """Return the papers whose tables differ from what the code says; with `write`, mend them."""
    found = []
    for paper in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
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
