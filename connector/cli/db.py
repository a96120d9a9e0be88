"""`unitwire db`: the database's tables."""

import click

from connector.cli.shown import opened
from connector.settings import Settings


@click.group()
def db() -> None:
    """Bring the database's tables up to date, or move everything to another database."""


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


@db.command()
@click.argument("url")
def move(url: str) -> None:
    """Move everything to the empty database at URL, such as postgresql://USER:PASSWORD@HOST/NAME.

    It copies while all goes on, and holds writes only at the end, to bring over what has changed
    since: what Stora sends then waits, or is answered 503 and sent again. Afterwards the old
    database takes in nothing any more: start every process with the new address.
    """
    from connector.cli.backup import show
    from connector.flows.backup import move

    with opened() as parts:
        show(move(parts, url), as_json=False)
        beside = parts.settings.database_url.removeprefix("sqlite:///") + ".keys"
    click.echo("Moved. Start every process anew with UNITWIRE_DATABASE_URL set to the new address.")
    if not parts.settings.secret_keys:
        click.echo(f"Set UNITWIRE_SECRET_KEYS too, to the keys in {beside}, separated by commas.")
