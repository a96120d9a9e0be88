"""The stage for Node-RED: the real one, and an operator's account reached by a personal token."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms.account import Account
from platforms.consent import environment_of
from platforms.node_red.engine import NodeRed


@pytest.fixture(scope="module")
def red(node: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeRed]:
    """A running Node-RED with our nodes."""
    opened = NodeRed(node, tmp_path_factory.mktemp("node-red"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def token(account: Account) -> str:
    """A personal token of the operator."""
    return command(account, "tokens", "add", "--connection", account.connection).strip()


def command(account: Account, *arguments: str) -> str:
    """Return what `unitwire …` prints, run by whoever runs the installation."""
    return subprocess.run(
        [sys.executable, "-m", "connector", *arguments],
        env=os.environ | environment_of(account),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=30,
    ).stdout


@pytest.fixture
def fresh(node: str, tmp_path: Path) -> Iterator[NodeRed]:
    """A Node-RED that nobody has used before."""
    opened = NodeRed(node, tmp_path)
    yield opened
    opened.close()
