"""Zapier's engine with the integration in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms.account import Account
from platforms.npm import MANIFESTS, installed
from platforms.zapier.engine import Zapier

from connector.platforms import render_all
from connector.platforms.zapier import ZAPIER


@pytest.fixture(scope="session")
def package() -> Path:
    """The integration with its dependencies; what is committed is what is generated."""
    fresh = render_all([ZAPIER])
    assert all((MANIFESTS / path).read_bytes() == content for path, content in fresh.items())
    return installed("zapier", MANIFESTS / "zapier")


@pytest.fixture(scope="session")
def zapier(node: str, package: Path, account: Account) -> Iterator[Zapier]:
    """The engine."""
    engine = Zapier(node, package, account)
    yield engine
    engine.close()
