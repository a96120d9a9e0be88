"""What n8n demands of a community package and of the texts in it.

The texts are n8n's guidelines; its linter holds hand-written code to them, these rules our data.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from connector.platforms.rules import Rule

Package = Mapping[str, bytes]

_KEYWORD: Final = "n8n-community-node-package"
_MODES: Final = ("list", "id")  # the ways to give an ID, which have no default
_HOOKS: Final = ("preinstall", "install", "postinstall", "prepare", "prepublish")


def _about(package: Package) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(package["package.json"])
    return about


def _named(package: Package) -> Iterator[str]:
    about = _about(package)
    if not about["name"].startswith("n8n-nodes-"):
        yield about["name"]
    if _KEYWORD not in about["keywords"]:
        yield "keywords"
    if about["license"] != "MIT":
        yield about["license"]


def _lonely(package: Package) -> Iterator[str]:
    about = _about(package)
    yield from about.get("dependencies", ())
    yield from (hook for hook in _HOOKS if hook in about.get("scripts", {}))


def _loads(package: Package) -> Iterator[str]:
    listed = _about(package)["n8n"]
    for path in (*listed["nodes"], *listed["credentials"]):
        if path not in package:
            yield path


def _told(package: Package) -> Iterator[str]:
    if "README.md" not in package:
        yield "README.md"


def _properties(package: Package) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield everything that has a name for people, with the file it is in."""
    for path, content in package.items():
        if path.startswith("nodes/") and "/actions/" in path and path.endswith(".json"):
            for found in _walk(json.loads(content)):
                yield path, found


def _walk(value: object) -> Iterator[dict[str, Any]]:
    match value:
        case dict():
            if "displayName" in value:
                yield value
            for part in value.values():
                yield from _walk(part)
        case list():
            for part in value:
                yield from _walk(part)


def _sorted(package: Package) -> Iterator[str]:
    for path, found in _properties(package):
        if found.get("type") in ("options", "multiOptions", "collection"):
            offered = found["options"]
            names = [str(each.get("displayName", each.get("name"))).lower() for each in offered]
            if names != sorted(names):
                yield f"{path}: {found['displayName']}"


def _worded(package: Package) -> Iterator[str]:
    for path, found in _properties(package):
        help = found.get("description", "")
        alone = ". " not in help
        if help == found["displayName"] or help != help.strip() or (alone and help[-1:] == "."):
            yield f"{path}: {found['displayName']}"


def _yes_or_no(package: Package) -> Iterator[str]:
    for path, found in _properties(package):
        if found.get("type") == "boolean" and not found["description"].startswith("Whether "):
            yield f"{path}: {found['displayName']}"


def _default(package: Package) -> Iterator[str]:
    for path, found in _properties(package):
        if "type" in found and "default" not in found and found["name"] not in _MODES:
            yield f"{path}: {found['displayName']}"


RULES: Final[tuple[Rule, ...]] = (
    Rule("N001", "The name, keyword and licence are those of a community package.", _named),
    Rule("N002", "A package needs no other, and runs nothing when installed.", _lonely),
    Rule("N003", "What package.json lists is there.", _loads),
    Rule("N004", "There is a README.", _told),
    Rule("N101", "What is offered stands from A to Z.", _sorted),
    Rule("N102", "A description says more than the name; one sentence has no full stop.", _worded),
    Rule("N103", "What is yes or no is described by `Whether`.", _yes_or_no),
    Rule("N104", "Every field has a default.", _default),
)
