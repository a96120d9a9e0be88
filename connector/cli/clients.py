"""`unitwire clients`: the apps of workflow builders that may ask for authorisation."""

import click

from connector import world
from connector.cli.shown import (
    as_json,
    opened,
    print_json,
    print_table,
    tell_default_address,
)
from connector.flows.clients import Client
from connector.platforms.builders import BUILDERS


@click.group()
def clients() -> None:
    """Add, list, rotate or revoke the apps of workflow builders (OAuth clients)."""


@clients.command()
@click.option(
    "--platform",
    required=True,
    type=click.Choice(list(BUILDERS)),
    help="The builder's short name.",
)
@click.option(
    "--redirect-uri",
    "redirect_uris",
    required=True,
    multiple=True,
    help="Where the builder takes the answer; repeat for several.",
)
@click.option("--name", default="", help="What operators read; unset: the platform.")
@click.option("--scope", "scopes", multiple=True, help="What it may ask for; unset: everything.")
@click.option("--public", is_flag=True, help="An app that cannot keep a secret.")
@click.option("--no-pkce", is_flag=True, help="For a builder that cannot do PKCE.")
@as_json
def add(
    platform: str,
    redirect_uris: tuple[str, ...],
    name: str,
    scopes: tuple[str, ...],
    public: bool,
    no_pkce: bool,
    as_json: bool,
) -> None:
    """Register an app and print its client id and, once, its secret."""
    from connector.flows.clients import add_client

    with opened() as parts:
        client, secret = add_client(
            parts,
            platform=platform,
            redirect_uris=redirect_uris,
            name=name,
            scopes_allowed=spread(scopes),
            public=public,
            pkce=not no_pkce,
        )
        settings = parts.settings
    if as_json:
        print_json(document(client) | {"client_secret": secret})
        return
    click.echo(f"Client id      {client.id}")
    click.echo(f"Client secret  {secret or '(none: a public client)'}")
    if secret:
        click.echo("               Keep it now: it is not shown again.")
    click.echo(f"Authorize URL  {settings.origin}/oauth2/authorize")
    click.echo(f"Token URL      {settings.origin}/oauth2/token")
    tell_default_address(settings)


@clients.command(name="list")
@as_json
def list_(as_json: bool) -> None:
    """List all apps, revoked ones too."""
    from connector.flows.clients import list_clients

    with opened() as parts:
        found = list_clients(parts)
    if as_json:
        print_json([document(client) for client in found])
        return
    print_table(
        {
            "id": lambda client: client.id,
            "platform": lambda client: client.platform,
            "name": lambda client: client.name,
            "kind": lambda client: "public" if client.public else "confidential",
            "redirect URIs": lambda client: " ".join(client.redirect_uris),
            "status": lambda client: "active" if client.revoked_at is None else "revoked",
        },
        found,
        "No clients yet. `unitwire clients add` registers one.",
    )


@clients.command()
@click.argument("client_id", metavar="ID")
def rotate(client_id: str) -> None:
    """Give an app a new secret and print it; the old one stops at once."""
    from connector.flows.clients import rotate_client

    with opened() as parts:
        secret = rotate_client(parts, client_id)
    click.echo(f"Client secret  {secret}")
    click.echo("               Keep it now: it is not shown again.")


@clients.command()
@click.argument("client_id", metavar="ID")
def revoke(client_id: str) -> None:
    """End an app: all its tokens stop at once."""
    from connector.flows.clients import revoke_client

    with opened() as parts:
        revoke_client(parts, client_id)
    click.echo(f"{client_id} is revoked, and all its tokens with it.")


def spread(scopes: tuple[str, ...]) -> list[str]:
    """Return scopes that were given one by one, or several with spaces or commas between."""
    return [scope for text in scopes for scope in text.replace(",", " ").split()]


def document(client: Client) -> dict[str, object]:
    """Return what scripts read of a client."""
    return {
        "client_id": client.id,
        "platform": client.platform,
        "name": client.name,
        "public": client.public,
        "pkce": client.pkce,
        "redirect_uris": list(client.redirect_uris),
        "scopes": list(client.scopes),
        "created_at": world.iso(client.created_at),
        "revoked_at": world.iso(client.revoked_at),
    }
