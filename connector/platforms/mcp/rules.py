"""What assistants demand of tools, so that they can be offered, understood and chosen."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from connector.catalogue.actions import ACTIONS
from connector.platforms.rules import Rule

TOOLS: Final = "tools.json"
MOST: Final = 40  # above this, assistants begin to choose badly

Package = Mapping[str, bytes]

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_HINTS: Final = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")


def _tools(package: Package) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(package[TOOLS])["tools"]
    return found


def _names(package: Package) -> Iterator[str]:
    names = [tool["name"] for tool in _tools(package)]
    yield from (name for name in names if not _NAME.fullmatch(name) or names.count(name) > 1)


def _texts(package: Package) -> Iterator[str]:
    for tool in _tools(package):
        properties = tool["inputSchema"]["properties"]
        yield from (
            f"{tool['name']}: no {key}" for key in ("title", "description") if not tool[key]
        )
        yield from (
            f"{tool['name']}.{key}" for key, told in properties.items() if not told["description"]
        )


def _schemas(package: Package) -> Iterator[str]:
    for tool in _tools(package):
        schema = tool["inputSchema"]
        if schema.get("type") != "object" or {"anyOf", "oneOf", "allOf", "$ref"} & set(schema):
            yield tool["name"]


def _hints(package: Package) -> Iterator[str]:
    for tool in _tools(package):
        hints = tool["annotations"]
        if any(not isinstance(hints.get(hint), bool) for hint in _HINTS):
            yield tool["name"]
        elif hints["readOnlyHint"] and hints["destructiveHint"]:
            yield f"{tool['name']}: both"


def _few(package: Package) -> Iterator[str]:
    if (count := len(_tools(package))) > MOST:
        yield f"{count} tools"


def _whole(package: Package) -> Iterator[str]:
    offered: set[str] = set()
    for tool in _tools(package):
        properties = tool["inputSchema"]["properties"]
        chosen = (properties.get(kind, {}).get("enum", ()) for kind in ("action", "search"))
        offered |= {tool["title"]}.union(*chosen)
    yield from (each.key for each in ACTIONS if not {each.key, each.label} & offered)


RULES: Final = (
    Rule("T001", "A name is plain, short, and there once.", _names),
    Rule("T002", "Every tool and every argument says what it is.", _texts),
    Rule("T003", "The arguments are one flat object, which every assistant takes.", _schemas),
    Rule("T004", "Every tool says whether it reads, overwrites, or can be repeated.", _hints),
    Rule("T005", f"There are at most {MOST} tools.", _few),
    Rule("T006", "Every action and search is offered.", _whole),
)
