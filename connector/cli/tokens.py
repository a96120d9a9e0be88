"""`unitwire tokens`: personal access tokens, and what builders were allowed."""

import click

from connector import world
from connector.cli.clients import spread
from connector.cli.shown import as_json, opened, print_json, print_table
from connector.flows.personal_tokens import MAX_DAYS, Grant


@click.group()
def tokens() -> None:
    """Add personal access tokens; list or revoke all that may act for a connection."""


@tokens.command()
@click.option("--connection", "connection_id", required=True, help="Id of the connection.")
@click.option("--scope", "scopes", multiple=True, help="What it may do; unset: everything.")
@click.option("--name", default="", help="What it is for.")
@click.option(
    "--days", type=click.IntRange(1, MAX_DAYS), help="Days until it expires; unset: never."
)
@as_json
def add(
    connection_id: str, scopes: tuple[str, ...], name: str, days: int | None, as_json: bool
) -> None:
    """Make a personal access token and print it, once."""
    from connector.flows.personal_tokens import add_token

    with opened() as parts:
        token_id, token = add_token(
            parts, connection_id=connection_id, scopes_asked=spread(scopes), name=name, days=days
        )
    if as_json:
        print_json({"id": token_id, "token": token, "connection": connection_id})
        return
    click.echo(token)
    click.echo(f"This is {token_id}. Keep the token now: it is not shown again.", err=True)


@tokens.command(name="list")
@click.option("--connection", "connection_id", help="Only those of this connection.")
@as_json
def list_(connection_id: str | None, as_json: bool) -> None:
    """List personal tokens and what builders were allowed, ended ones too."""
    from connector.flows.personal_tokens import list_grants

    with opened() as parts:
        found = list_grants(parts, connection_id)
    if as_json:
        print_json([document(grant) for grant in found])
        return
    print_table(
        {
            "id": lambda grant: grant.id,
            "name": lambda grant: grant.name,
            "operator": lambda grant: grant.operator,
            "scopes": lambda grant: len(grant.scopes),
            "last used": lambda grant: world.iso(grant.used_at) or "never",
            "expires": lambda grant: world.iso(grant.expires_at) or "never",
            "status": lambda grant: grant.ended or "active",
        },
        found,
        "No tokens yet. `unitwire tokens add` makes one.",
    )


@tokens.command()
@click.argument("grant_id", metavar="ID")
def revoke(grant_id: str) -> None:
    """End a personal token, or all that a builder was allowed."""
    from connector.flows.personal_tokens import revoke_grant

    with opened() as parts:
        revoke_grant(parts, grant_id)
    click.echo(f"{grant_id} is revoked.")


def document(grant: Grant) -> dict[str, object]:
    """Return what scripts read of one thing that may act."""
    return {
        "id": grant.id,
        "connection": grant.connection_id,
        "operator": grant.operator,
        "name": grant.name,
        "scopes": list(grant.scopes),
        "created_at": world.iso(grant.created_at),
        "expires_at": world.iso(grant.expires_at),
        "used_at": world.iso(grant.used_at),
        "ended": grant.ended,
    }
