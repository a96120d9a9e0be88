"""What Pipedream's registry demands of components, beside what its linter sees."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from connector.platforms.rules import Rule

Package = Mapping[str, bytes]

_COMPONENT: Final = re.compile(r"(actions|sources)/([^/]+)/\2\.mjs")
_KEY: Final = re.compile(r'^  key: "unitwire-([a-z0-9-]+)",$', re.MULTILINE)
_NAME: Final = re.compile(r'^  name: "(.+)",$', re.MULTILINE)


def _components(package: Package) -> Iterator[tuple[str, str, str]]:
    for path, content in package.items():
        if found := _COMPONENT.fullmatch(path):
            yield found[1], found[2], content.decode()


def _keyed(package: Package) -> Iterator[str]:
    for _, name, code in _components(package):
        found = _KEY.search(code)
        if not found or found[1] != name:
            yield name


def _named(package: Package) -> Iterator[str]:
    for kind, name, code in _components(package):
        found = _NAME.search(code)
        whole = found[1] if found else ""
        if kind == "sources" and not re.fullmatch(r"New .+ \(Instant\)", whole):
            yield name
        if kind == "actions" and (not whole or "Unitwire" in whole):
            yield name


def _sampled(package: Package) -> Iterator[str]:
    for kind, name, _ in _components(package):
        if kind == "sources" and f"sources/{name}/test-event.mjs" not in package:
            yield name


RULES: Final[tuple[Rule, ...]] = (
    Rule("P001", "A key is the app's name and the folder's, in kebab case.", _keyed),
    Rule("P002", "A source is `New … (Instant)`; an action does not repeat the app.", _named),
    Rule("P003", "A source has a sample.", _sampled),
)
