"""What n8n reads before anything runs: the package, its descriptions and its code."""

import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from platforms.n8n.compiled import compiled

from connector.platforms.n8n import DIST, HOME
from connector.platforms.n8n.fields import MORE, Row

LINT_S = 120


def rows(tools: Path, name: str) -> Any:
    """Return one of the package's files of data."""
    return json.loads((tools / "package" / HOME / name).read_text())


def operations(tools: Path) -> list[Row]:
    """Return the operations of all resources."""
    folder = tools / "package" / HOME / "actions"
    groups = [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]
    return [operation for group in groups for operation in group["operations"]]


def locators(fields: list[Row]) -> list[Row]:
    """Return the fields that ask for an id, wherever they are."""
    found = []
    for field in fields:
        if field.get("type") == "resourceLocator":
            found.append(field)
        inner = field["options"] if field.get("name") == MORE else []
        for option in field.get("options", []):
            inner = inner + option.get("values", [])
        found += locators(inner)
    return found


def run(node: str, folder: Path, *command: str) -> str:
    """Return what a program says; fails the test if it is not content."""
    said = subprocess.run(
        [node, *command], cwd=folder, capture_output=True, text=True, timeout=LINT_S
    )
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def test_the_linters_find_no_fault(node: str, tools: Path, described: Path) -> None:
    """n8n's linters have nothing to say, to the code, to each description and to package.json."""
    assert described.stat().st_size > 10_000
    linter = ("node_modules/eslint/bin/eslint.js", "--max-warnings=0")
    assert run(node, tools, *linter, "package", "described") == ""


def test_the_linters_would_find_a_fault(node: str, tools: Path) -> None:
    """The linters see the package: a node that forgets to unsubscribe is found."""
    source = tools / "package" / HOME / "UnitwireTrigger.node.ts"
    broken = source.with_name("Broken.node.ts")
    broken.write_text(source.read_text().replace("async delete(", "async remove("))
    try:
        said = subprocess.run(
            [node, "node_modules/eslint/bin/eslint.js", str(broken)],
            cwd=tools,
            capture_output=True,
            text=True,
            timeout=LINT_S,
        )
    finally:
        broken.unlink()
    assert said.returncode == 1
    assert "webhook-lifecycle-complete" in said.stdout


def test_the_compiled_code_is_that_of_the_sources(tools: Path) -> None:
    """The compiler makes of the sources, byte for byte, what is in `dist`."""
    made = compiled(tools)
    there = {path: tools / "package" / DIST / path for path in made}
    assert len(made) == 6
    assert made == {path: file.read_bytes() for path, file in there.items()}


def test_the_tarball_has_what_n8n_loads(packed: Path) -> None:
    """Packed are the compiled nodes with all their data, and no sources."""
    with tarfile.open(packed) as tar:
        names = {name.removeprefix("package/") for name in tar.getnames()}
        about = json.load(tar.extractfile("package/package.json"))  # type: ignore[arg-type]
    assert {*about["n8n"]["nodes"], *about["n8n"]["credentials"]} <= names
    assert f"{DIST}/{HOME}/unitwire.svg" in names
    assert f"{DIST}/{HOME}/actions/contact.json" in names
    assert not [name for name in names if name.endswith(".ts")]


def test_each_list_has_its_method(tools: Path) -> None:
    """What an id is chosen from exists."""
    methods = {
        mode["typeOptions"]["searchListMethod"]
        for operation in operations(tools)
        for field in locators(operation["properties"])
        for mode in field["modes"]
        if mode["type"] == "list"
    }
    assert methods == set(rows(tools, "lib/choices.json"))
