"""What assistants demand of tools: our package has it, and each rule finds what breaks it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from connector.platforms.mcp import MCP
from connector.platforms.mcp.rules import MOST, TOOLS
from connector.platforms.rules import faults

PACKAGE = MCP.render()


def test_the_package_breaks_no_rule() -> None:
    """All rules hold, and rendering again gives the same bytes."""
    assert list(faults(MCP.rules, PACKAGE)) == []
    assert MCP.render() == PACKAGE


def test_settings_are_json_that_names_one_server() -> None:
    """The lines for an assistant's settings can be pasted as they are."""
    for file in ("settings/remote.json", "settings/this-machine.json"):
        assert list(json.loads(PACKAGE[file])["mcpServers"]) == ["unitwire"]


def _twice(tools: list[dict[str, Any]]) -> None:
    tools.append(tools[0])


def _spaces(tools: list[dict[str, Any]]) -> None:
    tools[0]["name"] = "list choices"


def _no_text(tools: list[dict[str, Any]]) -> None:
    tools[0]["description"] = ""


def _no_help(tools: list[dict[str, Any]]) -> None:
    tools[0]["inputSchema"]["properties"]["q"]["description"] = ""


def _alternatives(tools: list[dict[str, Any]]) -> None:
    tools[0]["inputSchema"]["anyOf"] = []


def _no_hint(tools: list[dict[str, Any]]) -> None:
    del tools[0]["annotations"]["readOnlyHint"]


def _reads_and_destroys(tools: list[dict[str, Any]]) -> None:
    tools[0]["annotations"]["destructiveHint"] = True


def _many(tools: list[dict[str, Any]]) -> None:
    tools += [tools[0] | {"name": f"more_{number}"} for number in range(MOST + 1 - len(tools))]


def _one_missing(tools: list[dict[str, Any]]) -> None:
    deals = next(tool for tool in tools if tool["name"] == "change_deals")
    deals["inputSchema"]["properties"]["action"]["enum"].remove("win_deal")


@pytest.mark.parametrize(
    ("breaks", "rule"),
    [
        (_twice, "T001"),
        (_spaces, "T001"),
        (_no_text, "T002"),
        (_no_help, "T002"),
        (_alternatives, "T003"),
        (_no_hint, "T004"),
        (_reads_and_destroys, "T004"),
        (_many, "T005"),
        (_one_missing, "T006"),
    ],
)
def test_each_rule_finds_what_breaks_it(
    breaks: Callable[[list[dict[str, Any]]], None], rule: str
) -> None:
    """The rule's id is told, and no other."""
    document = json.loads(PACKAGE[TOOLS])
    breaks(document["tools"])
    package = dict(PACKAGE) | {TOOLS: json.dumps(document).encode()}
    assert {fault.rule.id for fault in faults(MCP.rules, package)} == {rule}
