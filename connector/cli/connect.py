"""`unitwire connect`: links a Stora account, in each of the three ways.

Secrets come from a prompt that does not show them, or from standard input, one a line;
never from the arguments, which everybody on the machine can read.
"""

import sys

import click

from connector.cli.shown import as_json, opened, print_json, tell_default_address


@click.command()
@click.option(
    "--client-credentials",
    "way",
    flag_value="client_credentials",
    help="Your own account, by an application that you made in Stora's BackOffice.",
)
@click.option(
    "--access-token",
    "way",
    flag_value="access_token",
    help="Your own account, by an access token that you made in Stora's BackOffice.",
)
@as_json
def connect(way: str | None, as_json: bool) -> None:
    """Connect a Stora account.

    Without an option, print the page on which an operator agrees at Stora (partner installations).

    Client id and secret, or the access token, are asked for; a script writes them to standard
    input, one a line.
    """
    from connector.flows.connect import connect_access_token, connect_client_credentials
    from connector.flows.connections import show_connection

    with opened() as parts:
        if way is None:
            page = f"{parts.settings.origin}/connect"
            if as_json:
                print_json({"url": page})
            else:
                click.echo(page)
                click.echo("Open it in a browser, and agree at Stora.", err=True)
            tell_default_address(parts.settings)
            return
        if way == "access_token":
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


def secret(name: str) -> str:
    """Return a secret from a hidden prompt, or from the next line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()
