"""`unitwire manifests`: write each platform's package, or check those that are there."""

from collections.abc import Sequence
from pathlib import Path

import click

from connector.cli import fail
from connector.platforms import PLATFORMS, render_all
from connector.platforms.openapi import openapi
from connector.platforms.platform import Platform
from connector.platforms.rules import faults
from connector.web.contract import contract

# The OpenAPI document is told by the routes, which no platform may know; so it is handed in here.
PACKAGES = (*PLATFORMS, openapi(contract))
SLUGS = tuple(platform.slug for platform in PACKAGES)


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if something is stale or faulty.")
@click.option(
    "--platform",
    "slugs",
    type=click.Choice(SLUGS),
    multiple=True,
    help="Only this platform; can be given several times.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("manifests"),
    show_default=True,
    help="Where the packages are.",
)
def manifests(check: bool, slugs: tuple[str, ...], folder: Path) -> None:
    """Write each platform's package into a folder of its own.

    Every package is also held to its platform's rules; a fault is told with the rule's id.
    """
    chosen = [each for each in PACKAGES if not slugs or each.slug in slugs]
    fresh = render_all(chosen)
    broken = [f"{each.slug}: {fault}" for each in chosen for fault in faults_of(each, fresh)]
    found = differences(folder, fresh, chosen)
    if check:
        problems = broken + [f"{way}: {folder / path}" for path, way in found.items()]
        if problems:
            fail("The packages are not in order. `unitwire manifests` writes them.", 1, *problems)
        click.echo(f"{len(fresh)} files of {len(chosen)} packages are in order.")
        return
    if broken:
        fail("Rules are broken, so nothing was written.", 1, *broken)
    write(folder, fresh, found)
    click.echo(f"{len(found)} of {len(fresh)} files changed.")


def faults_of(platform: Platform, fresh: dict[str, bytes]) -> list[str]:
    """Return what breaks the platform's rules in its part of `fresh`."""
    inside = f"{platform.slug}/"
    package = {
        path.removeprefix(inside): content
        for path, content in fresh.items()
        if path.startswith(inside)
    }
    return [str(fault) for fault in faults(platform.rules, package)]


def differences(
    folder: Path, fresh: dict[str, bytes], platforms: Sequence[Platform]
) -> dict[str, str]:
    """Return how the files in `folder` differ from `fresh`: path → missing, stale or left over."""
    there = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for platform in platforms
        for path in sorted((folder / platform.slug).rglob("*"))
        if path.is_file()
    }
    return {
        **{path: "missing" for path in fresh if path not in there},
        **{path: "stale" for path in fresh if there.get(path, fresh[path]) != fresh[path]},
        **{path: "left over" for path in there if path not in fresh},
    }


def write(folder: Path, fresh: dict[str, bytes], found: dict[str, str]) -> None:
    """Make the files in `folder` what `fresh` says."""
    for path, way in found.items():
        file = folder / path
        if way == "left over":
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(fresh[path])
