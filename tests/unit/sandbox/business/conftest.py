"""The business of the sandbox: of one operator, of the one next door, and one to look at only."""

from collections.abc import Iterator

import pytest

from connector.sandbox import Sandbox, create_sandbox

from ..conftest import OPERATORS, PARTNER
from .shop import Shop


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    """Harbour's business."""
    return Shop(sandbox)


@pytest.fixture(scope="session")
def still() -> Iterator[Shop]:
    """Harbour's business as it began, for tests that only look."""
    sandbox = create_sandbox(operators=OPERATORS, partner=PARTNER, limits=False)
    shop = Shop(sandbox)
    before = shop.documents()
    yield shop
    assert shop.documents() == before
    sandbox.state.close()


@pytest.fixture
def stranger(sandbox: Sandbox) -> Shop:
    """Hilltop's business, next door."""
    return Shop(sandbox, "hilltop")
