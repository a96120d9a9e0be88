"""What a package for a platform is: a name, what renders it, and the rules it is held to."""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from connector.platforms.rules import Rule

Files = Mapping[str, bytes]
"""A package: path below its folder, with slashes, to content."""

_NEVER: Final = ("__pycache__", "node_modules")


@dataclass(frozen=True, slots=True)
class Platform:
    """One workflow builder.

    `slug` is its folder under `manifests/` and the value of `metadata.source`. `render` returns the
    whole package, the same on every call. `rules` are what the platform demands of it.
    """

    slug: str
    name: str
    render: Callable[[], Files]
    rules: tuple[Rule, ...] = ()


def static(package: str) -> dict[str, bytes]:
    """Return the files under `static/` of a Python package: code that is written, not generated.

    Raises FileNotFoundError if there is no such folder.
    """
    return dict(_walk(files(package) / "static"))


def shared(name: str) -> bytes:
    """Return a file of `static/` beside this module: code that runs on several platforms."""
    return (files("connector.platforms") / "static" / name).read_bytes()


def _walk(folder: Traversable, above: str = "") -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_file():
            found.append((above + each.name, each.read_bytes()))
        elif each.name not in _NEVER:
            found += _walk(each, f"{above}{each.name}/")
    return found


def zipped(files: Files, folder: str) -> bytes:
    """Return files as a ZIP archive, in one `folder`; the same for the same files."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            archive.writestr(
                zipfile.ZipInfo(f"{folder}/{path}"), content, compress_type=zipfile.ZIP_DEFLATED
            )
    return written.getvalue()


def npm_packed(files: Files) -> bytes:
    """Return files as the archive that npm and Node-RED install from; the same for the same files.

    All is in a folder called `package`, as npm's own `pack` has it.
    """
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(written.getvalue(), mtime=0)


def json_file(document: object) -> bytes:
    """Return `document` as a JSON file that people can read; keys stay in their order."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
