"""What Node-RED's library looks at in a package (its scorecard), and what our nodes need."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from connector.catalogue.actions import ACTIONS
from connector.catalogue.events import EVENT_TYPES
from connector.platforms.rules import Rule

PACKAGE: Final = "@unitwire/node-red"
NODES: Final = ("account", "trigger", "action", "search")

Package = Mapping[str, bytes]

_TEXT_KEY: Final = re.compile(r'data-i18n="(?:\[[a-z]+\])?([a-zA-Z.]+)"')
_FIELDS: Final = ("description", "license", "engines", "version")


def _json(package: Package, path: str) -> Any:
    return json.loads(package[path])


def _described(package: Package) -> Iterator[str]:
    described = _json(package, "package.json")
    yield from (key for key in _FIELDS if not described.get(key))
    if "README.md" not in package:
        yield "README.md"


def _named(package: Package) -> Iterator[str]:
    described = _json(package, "package.json")
    if not re.fullmatch(r"@[a-z0-9-]+/[a-z0-9-]+", described["name"]):
        yield described["name"]
    if "node-red" not in described["keywords"]:
        yield "the keyword node-red"
    if not described["node-red"].get("version"):
        yield "the version of Node-RED"


def _lonely(package: Package) -> Iterator[str]:
    described = _json(package, "package.json")
    yield from described.get("dependencies", {})


def _whole_nodes(package: Package) -> Iterator[str]:
    for type, code in _json(package, "package.json")["node-red"]["nodes"].items():
        form = code.replace(".js", ".html")
        if not type.startswith("unitwire-"):
            yield type
        for path in (code, form):
            if path not in package:
                yield path
        html = package.get(form, b"").decode()
        marks = (f'data-template-name="{type}"', f'data-help-name="{type}"')
        yield from (f"{form}: {mark}" for mark in marks if mark not in html)


def _worded(package: Package) -> Iterator[str]:
    for name in NODES:
        words = _json(package, f"nodes/locales/en-US/{name}.json")
        for key in _TEXT_KEY.findall(package[f"nodes/{name}.html"].decode()):
            found: Any = words
            for part in key.split("."):
                found = found.get(part, {})
            if not isinstance(found, str):
                yield f"{name}: {key}"


def _examples(package: Package) -> Iterator[str]:
    types = set(_json(package, "package.json")["node-red"]["nodes"])
    paths = [path for path in package if path.startswith("examples/")]
    if not paths:
        yield "none"
    for path in paths:
        nodes = _json(package, path)
        ids = [node["id"] for node in nodes]
        targets = [id for node in nodes for port in node.get("wires", ()) for id in port]
        yield from (f"{path}: {id} twice" for id in set(ids) if ids.count(id) > 1)
        yield from (f"{path}: {id} is nowhere" for id in targets if id not in ids)
        for node in nodes:
            if node["type"].startswith("unitwire-") and node["type"] not in types:
                yield f"{path}: {node['type']}"
            if "credentials" in node:
                yield f"{path}: credentials"


def _complete(package: Package) -> Iterator[str]:
    offered = _json(package, "resources/catalogue.json")
    events = [item["value"] for group in offered["events"] for item in group["items"]]
    keys = [action["key"] for action in offered["actions"]]
    yield from (each for each in EVENT_TYPES if events.count(each) != 1)
    yield from (each.key for each in ACTIONS if keys.count(each.key) != 1)


RULES: Final = (
    Rule("R001", "The package says what it is, and has a README.", _described),
    Rule("R002", "The name is scoped; the keyword and the versions are there.", _named),
    Rule("R003", "The package needs no other.", _lonely),
    Rule("R004", "Every node has its own type, code, form and help.", _whole_nodes),
    Rule("R005", "Every text of a form is in the locale.", _worded),
    Rule("R006", "There are examples, whole and without secrets.", _examples),
    Rule("R007", "Every event, action and search is offered once.", _complete),
)
