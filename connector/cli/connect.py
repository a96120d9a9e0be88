"""`unitwire connect`: links a Stora account, in each of the three ways.

Secrets come from a prompt that does not show them, or from standard input, one a line;
never from the arguments, which everybody on the machine can read.
"""

import sys

import click

from connector.cli.shown import as_json, opened, print_json, tell_default_address
from connector.settings import Settings, variable_of


@click.command()
@click.option(
    "--client-credentials",
    is_flag=True,
    help="Your own account, by an application that you made in Stora's BackOffice.",
)
@click.option(
    "--access-token",
    is_flag=True,
    help="Your own account, by an access token that you made in Stora's BackOffice.",
)
@as_json
def connect(client_credentials: bool, access_token: bool, as_json: bool) -> None:
    """Connect a Stora account.

    Without an option, print the page on which an operator agrees at Stora (partner installations).

    Client id and secret, or the access token, are asked for; a script writes them to standard
    input, one a line.
    """
    from connector.flows.connect import connect_access_token, connect_client_credentials
    from connector.flows.connections import show_connection

    if client_credentials and access_token:
        raise click.UsageError("Choose one of --client-credentials and --access-token.")
    if not client_credentials and not access_token:
        tell_page(Settings.from_environment(), as_json)
        return
    with opened() as parts:
        if access_token:
            connection_id = connect_access_token(parts, secret("Access token"))
        else:
            client_id, client_secret = secret("Client id"), secret("Client secret")
            connection_id = connect_client_credentials(parts, client_id, client_secret)
        linked = show_connection(parts, connection_id)
    if as_json:
        print_json({"connection": linked.id, "operator": linked.operator})
        return
    click.echo(linked.id)
    click.echo(f"{linked.operator or 'The account'} is connected.", err=True)


def tell_page(settings: Settings, as_json: bool) -> None:
    """Print the page on which an operator agrees; without an application at Stora it has none."""
    if not settings.stora_client_id:
        raise click.UsageError(
            "This installation has no application at Stora: set "
            f"{variable_of('stora_client_id')} and {variable_of('stora_client_secret')}, or "
            "connect your own account with --client-credentials or --access-token."
        )
    page = f"{settings.origin}/connect"
    if as_json:
        print_json({"url": page})
    else:
        click.echo(page)
        click.echo("Open it in a browser, and agree at Stora.", err=True)
    tell_default_address(settings)


def secret(name: str) -> str:
    """Return a secret from a hidden prompt, or from the next line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()
