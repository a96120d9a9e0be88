"""`unitwire db`: the database's tables."""

import click

from connector.settings import Settings


@click.group()
def db() -> None:
    """Bring the database's tables up to date."""


@db.command()
def upgrade() -> None:
    """Bring the tables to the version that this program needs.

    `serve` and `dispatch` do the same when they start; here it happens on its own, under a lock.
    """
    from connector.store import schema
    from connector.store.db import Store

    store = Store(Settings.from_environment())
    try:
        changed = schema.upgrade(store)
        click.echo(
            f"The tables are at version {schema.current(store)}"
            + ("." if changed else ", as before.")
        )
    finally:
        store.close()
