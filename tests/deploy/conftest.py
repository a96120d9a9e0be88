"""The stage for tests of what is deployed: the tools, found or installed once."""

from pathlib import Path

import pytest
from deploy.tools import tools


@pytest.fixture(scope="session")
def bin() -> Path:
    """The folder with the tools."""
    return tools()
