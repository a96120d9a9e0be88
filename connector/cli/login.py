"""`unitwire login`: signs a browser in where there is no application at Stora to do it."""

import click

from connector.cli.shown import as_json, opened, print_json, tell_default_address


@click.command()
@click.option("--connection", "connection_id", help="Needed when there is more than one.")
@as_json
def login(connection_id: str | None, as_json: bool) -> None:
    """Print a link that signs one browser in, once, within ten minutes.

    As long as no Stora account is connected, the link leads to the page that connects one.
    """
    from connector.errors import Conflict, NotFound
    from connector.flows.sessions import login_link, only_connection
    from connector.flows.setup import setup_link

    with opened() as parts:
        try:
            link = login_link(parts, connection_id or only_connection(parts))
        except NotFound:
            if connection_id:
                raise
            link = setup_link(parts)
        except Conflict as several:
            raise click.UsageError(several.message) from None
        settings = parts.settings
    if as_json:
        print_json({"url": link})
    else:
        click.echo(link)
        click.echo("Open it in the browser in which you will connect the builder.", err=True)
    tell_default_address(settings)
