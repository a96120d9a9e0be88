"""A demo of its own: these tests let all of an operator's units, and lock some of them."""

from collections.abc import Iterator

import pytest
from platforms.account import Account, demo


@pytest.fixture(scope="session")
def account() -> Iterator[Account]:
    """An operator in a running demo."""
    with demo() as opened:
        yield opened
