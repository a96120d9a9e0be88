"""Laws of the packages: what is committed is what the catalogue says, for every platform."""

import re
from pathlib import Path

import pytest

from connector.cli.manifests import PACKAGES
from connector.platforms import render_all
from connector.platforms.platform import Platform
from connector.platforms.rules import faults

MANIFESTS = Path(__file__).parents[2] / "manifests"
SECRETS = re.compile(rb"[a-z]+_[0-9A-Za-z_-]{40,}|/home/|/root/|/tmp/|registry\.npmjs")

every_platform = pytest.mark.parametrize("platform", PACKAGES, ids=lambda each: each.slug)


@every_platform
def test_the_package_is_fresh(platform: Platform) -> None:
    """`unitwire manifests` would change nothing (law 10)."""
    fresh = render_all([platform])
    folder = MANIFESTS / platform.slug
    there = {
        path.relative_to(MANIFESTS).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "node_modules" not in path.parts
    }
    assert there == fresh


@every_platform
def test_the_package_breaks_no_rule(platform: Platform) -> None:
    """Every rule of the platform holds, and ids of rules are told apart."""
    ids = [rule.id for rule in platform.rules]
    assert len(set(ids)) == len(ids)
    assert [str(fault) for fault in faults(platform.rules, platform.render())] == []


@every_platform
def test_the_package_tells_no_secret(platform: Platform) -> None:
    """No token, no path of a machine, no address of a registry."""
    assert [path for path, text in platform.render().items() if SECRETS.search(text)] == []


def test_no_package_is_left_of_a_platform_that_is_gone() -> None:
    """Each folder is a platform's."""
    assert {each.name for each in MANIFESTS.iterdir()} == {each.slug for each in PACKAGES}
