"""The stage for the platforms' proofs: the demo's real processes, and Node for each package.

These tests run with `pytest -m platforms` only: they install npm packages and start processes.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms.account import Account, demo
from platforms.node import IS_HERE

HERE = Path(__file__).parent
MARK = "platforms"


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", f"{MARK}: a builder's real engine runs its package")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark all tests below this folder; leave them out unless they are asked for."""
    here = [item for item in items if HERE in item.path.parents]
    for item in here:
        item.add_marker(MARK)
    if MARK not in config.option.markexpr:
        config.hook.pytest_deselected(items=here)
        items[:] = [item for item in items if item not in here]


@pytest.fixture(scope="session")
def account() -> Iterator[Account]:
    """An operator in a running demo; a folder whose tests use up much has one of its own."""
    with demo() as opened:
        yield opened


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node; without it, the tests are skipped, but never in CI."""
    if not IS_HERE and "CI" not in os.environ:
        pytest.skip("Node and npm are not installed")
    assert IS_HERE, "CI needs Node and npm"
    return str(shutil.which("node"))
