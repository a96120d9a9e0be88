"""`unitwire connections`: the Stora accounts that are connected."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from connector import world
from connector.cli.shown import as_json, opened, print_json, print_table

if TYPE_CHECKING:
    from connector.flows.connections import Linked


@click.group()
def connections() -> None:
    """List, show or disconnect Stora accounts; `unitwire connect` adds one."""


@connections.command(name="list")
@as_json
def list_(as_json: bool) -> None:
    """List all connections, ended ones too."""
    from connector.flows.connections import list_connections

    with opened() as parts:
        found = list_connections(parts)
    if as_json:
        print_json([document(linked) for linked in found])
        return
    print_table(
        {
            "id": lambda linked: linked.id,
            "operator": lambda linked: linked.operator,
            "kind": lambda linked: linked.kind,
            "endpoints": lambda linked: linked.endpoints,
            "connected": lambda linked: world.iso(linked.created_at),
            "status": lambda linked: linked.status,
            "reason": lambda linked: linked.status_reason,
        },
        found,
        "No Stora account is connected. `unitwire connect` connects one.",
    )


@connections.command()
@click.argument("connection_id", metavar="ID")
@as_json
def show(connection_id: str, as_json: bool) -> None:
    """Show one connection with all it may do at Stora."""
    from connector.flows import timeline
    from connector.flows.call import budget_left
    from connector.flows.connections import show_connection

    with opened() as parts:
        linked = show_connection(parts, connection_id)
        left = budget_left(parts, connection_id)
        told = document(linked) | {
            "calls_left_this_minute": left.calls,
            "blocked_until": world.iso(left.blocked_until or None),
            "timeline": timeline.summary(parts, connection_id),
        }
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        click.echo(f"{name}: {in_words(value)}")


@connections.command()
@click.argument("connection_id", metavar="ID")
@as_json
def disconnect(connection_id: str, as_json: bool) -> None:
    """End a connection here and at Stora, with its webhook endpoints and all tokens of builders."""
    from connector.flows.connections import show_connection
    from connector.flows.disconnect import disconnect as end

    with opened() as parts:
        linked = show_connection(parts, connection_id)
        left = end(parts, connection_id)
    if as_json:
        print_json({"connection": connection_id, "left_in_stora": left})
        return
    click.echo(f"{connection_id} is disconnected.")
    if left:
        click.echo(f"Remove in Stora, under Settings → Webhooks: {', '.join(left)}", err=True)
    if linked.kind == "access_token":
        click.echo("Remove the access token in Stora, under Settings → Public API.", err=True)


def in_words(value: object) -> str:
    """Return a value as one line for people."""
    match value:
        case None:
            return ""
        case list():
            return " ".join(map(str, value))
        case dict():
            return ", ".join(f"{name} {told}" for name, told in value.items() if told is not None)
    return str(value)


def document(linked: "Linked") -> dict[str, object]:
    """Return what scripts read of one connection."""
    return {
        **asdict(linked),
        "scopes": list(linked.scopes),
        "created_at": world.iso(linked.created_at),
        "updated_at": world.iso(linked.updated_at),
    }
