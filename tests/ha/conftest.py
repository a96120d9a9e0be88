"""The stage of the drills: one cluster, with Unitwire on it, for all of them.

All but one kill run with `pytest -m ha` only: they take minutes.
"""

import os
from collections.abc import Iterator

import pytest
from ha.cluster import PACKAGES, Cluster, programs

from connector.cli.prove.town import Town

MARK = "ha"


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", f"{MARK}: a drill on a PostgreSQL cluster; up to a minute")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked unless it is asked for."""
    if MARK not in config.option.markexpr:
        left_out = [item for item in items if item.get_closest_marker(MARK)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def opened() -> Iterator[Cluster]:
    """A cluster; without its programs the drills are skipped, but never in CI."""
    if not programs():
        assert "CI" not in os.environ, f"CI needs {PACKAGES}"
        pytest.skip(f"needs {PACKAGES}")
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(opened: Cluster) -> Cluster:
    """The cluster, whole: whatever was done to it before is mended."""
    opened.await_whole()
    return opened


@pytest.fixture(scope="session")
def town(opened: Cluster) -> Iterator[Town]:
    """Unitwire on the cluster, with everything around it."""
    with Town(opened.url, own_postgres=False) as town:
        yield town
