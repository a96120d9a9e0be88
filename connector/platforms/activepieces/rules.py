"""What Activepieces demands of a piece's names and texts."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from connector.platforms.rules import Rule

Package = Mapping[str, bytes]

_NAME: Final = re.compile(r"[a-z]+(_[a-z0-9]+)*")


def _rows(package: Package) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, content in package.items():
        if re.fullmatch(r"src/(triggers|actions)/[^/]+\.json", path):
            yield path, json.loads(content)


def _named(package: Package) -> Iterator[str]:
    for path, row in _rows(package):
        if not _NAME.fullmatch(row["name"]) or not path.endswith(f"/{row['name']}.json"):
            yield path


def _told(package: Package) -> Iterator[str]:
    for path, row in _rows(package):
        for what, each in ((path, row), *row["props"].items()):
            if not each["displayName"] or not each["description"]:
                yield f"{path}: {what}"


def _sampled(package: Package) -> Iterator[str]:
    for path, row in _rows(package):
        if path.startswith("src/triggers/") and not row.get("sampleData", {}).get("id"):
            yield path


def _exact(package: Package) -> Iterator[str]:
    for name, version in json.loads(package["package.json"])["dependencies"].items():
        if not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version):
            yield f"{name} {version}"


RULES: Final[tuple[Rule, ...]] = (
    Rule("A001", "A name is in snake case, and never changes: flows keep it.", _named),
    Rule("A002", "Whatever a person sees has a name and a description.", _told),
    Rule("A003", "A trigger has a sample, with an id.", _sampled),
    Rule("A004", "What the piece depends on is exact.", _exact),
)
