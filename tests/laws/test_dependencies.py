"""What is pinned is free of the holes that are known to matter here, and names no host."""

import re
from pathlib import Path

import pytest
from floors import FLOORS
from packaging.version import Version

PINS = Path(__file__).parents[2] / "constraints.txt"
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


@pytest.mark.parametrize("name", FLOORS)
def test_what_is_pinned_is_not_older_than_the_last_known_hole(name: str) -> None:
    """Each version is at least the one in which its last hole that matters was closed."""
    pinned = dict(PIN.findall(PINS.read_text()))
    oldest, why = FLOORS[name]
    assert Version(pinned[name]) >= Version(oldest), why


def test_every_pin_has_hashes_and_no_host() -> None:
    """What is installed is byte for byte what was pinned, wherever it comes from."""
    pinned = PINS.read_text()
    assert "://" not in pinned
    for entry in re.split(r"\n(?=\S)", pinned.strip()):
        assert PIN.match(entry), entry
        assert "--hash=sha256:" in entry, entry
