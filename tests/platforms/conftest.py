"""The stage for the platforms' proofs: the demo's real processes, and Node for each package.

These tests run with `pytest -m platforms` only: they install npm packages and start processes.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms.account import Account
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
    """An operator in a running Unitwire with its sandbox, connected by OAuth as Zapier's client."""
    command = [sys.executable, "-m", "connector", "demo", "--json", "--no-limits"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the demo did not start"
        told = json.loads(line)
        opened = Account(told, told["tenants"][0])
        yield opened
        opened.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node; without it, the tests are skipped, but never in CI."""
    if not IS_HERE and "CI" not in os.environ:
        pytest.skip("Node and npm are not installed")
    assert IS_HERE, "CI needs Node and npm"
    return str(shutil.which("node"))
