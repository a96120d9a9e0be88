"""Brings the tables to the version that this code needs, once, under a lock.

`serve`, `dispatch` and `unitwire db upgrade` all call `upgrade`; whoever comes first does the work
and the others wait for it.
"""

from importlib import resources

from sqlalchemy import inspect

from connector.errors import SettingsError
from connector.store.db import Store

LOCK = 0x556E6974  # any fixed number: the advisory lock that guards migrations on PostgreSQL


def newest() -> str:
    """Return the newest version, which is the largest file name in `migrations/versions`."""
    folder = resources.files("connector.store.migrations") / "versions"
    return max(entry.name for entry in folder.iterdir() if entry.name[:4].isdigit())[:4]


def current(store: Store) -> str | None:
    """Return the version of the tables in the database, None when there are none."""
    with store.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return row[0] if row else None


def upgrade(store: Store) -> bool:
    """Bring the tables to the newest version; return whether there was anything to do.

    Raises SettingsError if they are of a newer version than this program knows.
    """
    there, known = current(store), newest()
    if there == known:
        return False
    if there is not None and there > known:
        raise SettingsError(
            f"The tables are of version {there}, and this program knows {known} only. "
            "Start the program that made them, or a newer one."
        )
    from alembic import command  # only here: it takes a third of a second to import
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "connector.store:migrations")
    with store.begin() as connection:
        if not store.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True
