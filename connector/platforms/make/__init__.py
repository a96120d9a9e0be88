"""Make: a custom app, as a local project of Make's editor.

- `connection`: how it signs in, and what all its calls share
- `triggers`: the webhooks, and the modules that watch them; `steps`: actions, searches, choices
- `parameters`: fields as Make describes them
- `component`: a component with its code files; `rules`: what Make's reviewers demand

An app has no code here, so a scenario gets an event just as it is delivered.
"""

from collections.abc import Sequence
from typing import Any, Final

from connector.catalogue.actions import ACTIONS
from connector.catalogue.events import EVENT_GROUPS
from connector.platforms.access import picklists_for
from connector.platforms.make import connection
from connector.platforms.make.component import Component, codefile
from connector.platforms.make.rules import RULES
from connector.platforms.make.steps import choices, step
from connector.platforms.make.triggers import watching
from connector.platforms.platform import Files, Platform, json_file, static
from connector.platforms.triggers import NAMED

KINDS: Final = ("connection", "webhook", "module", "rpc", "function")
OTHERS: Final = "Other"


def render() -> Files:
    """Return the app's files, by the names that Make's editor gives them."""
    parts = components()
    general = {
        "base": ("general/base.iml.json", connection.BASE),
        "groups": ("general/groups.json", groups(parts)),
    }
    project = {
        "fileVersion": 1,
        "generalCodeFiles": {
            **{name: path for name, (path, _) in general.items()},
            "common": None,
            "readme": "README.md",
        },
        "components": {
            kind: {part.name: part.metadata for part in parts if part.kind == kind}
            for kind in KINDS
        },
        "origins": [],
    }
    return {
        **static(__name__),
        "makecomapp.json": json_file(project),
        **{path: json_file(content) for path, content in general.values()},
        **{
            codefile(part.kind, part.name, code): json_file(content)
            for part in parts
            for code, content in part.code.items()
        },
    }


def components() -> tuple[Component, ...]:
    """Return all parts of the app."""
    return (
        connection.component(),
        *(part for event in (*NAMED, None) for part in watching(event)),
        *(step(action) for action in ACTIONS),
        *(choices(picklist) for picklist in picklists_for(ACTIONS)),
    )


def groups(parts: Sequence[Component]) -> list[dict[str, Any]]:
    """Return under which headings people find the modules."""
    of = {resource: group for group, members in EVENT_GROUPS.items() for resource in members}
    found: dict[str, list[str]] = {group: [] for group in (*EVENT_GROUPS, OTHERS)}
    for part in parts:
        if part.kind == "module":
            found[of.get(part.resource or "", OTHERS)].append(part.name)
    return [{"label": group, "modules": modules} for group, modules in found.items() if modules]


MAKE: Final = Platform("make", "Make", render, RULES)
