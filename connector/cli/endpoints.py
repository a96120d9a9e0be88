"""`unitwire endpoints`: the workflows that listen, and what they left in Stora."""

import click

from connector import world
from connector.cli.shown import as_json, opened, print_json, print_table
from connector.flows import audit
from connector.flows.endpoints import Endpoint, document


@click.group()
def endpoints() -> None:
    """List, show, remove, enable or disable webhook endpoints."""


@endpoints.command(name="list")
@click.option("--connection", "connection_id", help="Only those of this connection.")
@as_json
def list_(connection_id: str | None, as_json: bool) -> None:
    """List webhook endpoints, those still being made too."""
    from connector.flows.endpoints import of_installation

    with opened() as parts:
        found = of_installation(parts, connection_id)
    if as_json:
        print_json([told(endpoint) for endpoint in found])
        return
    print_table(
        {
            "id": lambda endpoint: endpoint.id,
            "name": lambda endpoint: endpoint.name,
            "source": lambda endpoint: endpoint.source,
            "external id": lambda endpoint: endpoint.external_id,
            "events": lambda endpoint: len(endpoint.event_types),
            "status": lambda endpoint: endpoint.status,
            "in Stora": lambda endpoint: endpoint.upstream,
            "url": lambda endpoint: endpoint.url,
        },
        found,
        "No webhook endpoints yet. Workflow builders make them.",
    )


@endpoints.command()
@click.argument("endpoint_id", metavar="ID")
@as_json
def show(endpoint_id: str, as_json: bool) -> None:
    """Show one webhook endpoint."""
    from connector.flows.endpoints import anywhere

    with opened() as parts:
        endpoint = anywhere(parts, endpoint_id)
    if as_json:
        print_json(told(endpoint))
        return
    rows = {
        "name": endpoint.name,
        "description": endpoint.description,
        "connection": endpoint.connection_id,
        "url": endpoint.url,
        "events": ", ".join(endpoint.event_types),
        "status": endpoint.status,
        "disabled": endpoint.disabled_at and world.iso(endpoint.disabled_at),
        "because": endpoint.disabled_reason,
        "in Stora": endpoint.upstream,
        "created": f"{world.iso(endpoint.created_at)} by {endpoint.creator}",
        **{f"metadata {key}": text for key, text in endpoint.metadata.items()},
    }
    print_table(
        {endpoint.id: lambda row: row[0], "": lambda row: row[1]},
        [row for row in rows.items() if row[1] is not None],
        "",
    )


@endpoints.command()
@click.argument("endpoint_id", metavar="ID")
def remove(endpoint_id: str) -> None:
    """Remove a webhook endpoint, here and in Stora."""
    from connector.flows.endpoints import anywhere
    from connector.flows.mirror import leftovers
    from connector.flows.unsubscribe import unsubscribe

    with opened() as parts:
        connection_id = anywhere(parts, endpoint_id).connection_id
        unsubscribe(parts, connection_id, endpoint_id, actor=audit.COMMAND_LINE)
        left = leftovers(parts, connection_id, endpoint_id)
    click.echo(f"{endpoint_id} is removed.")
    for _, upstream_id in left:
        click.echo(f"{upstream_id} is still in Stora; `unitwire sweep` tries again.", err=True)


@endpoints.command()
@click.argument("endpoint_id", metavar="ID")
def enable(endpoint_id: str) -> None:
    """Send events again."""
    from connector.flows.endpoints import anywhere
    from connector.flows.subscribe import enable

    with opened() as parts:
        connection_id = anywhere(parts, endpoint_id).connection_id
        enable(parts, connection_id, endpoint_id, actor=audit.COMMAND_LINE)
    click.echo(f"{endpoint_id} is enabled.")


@endpoints.command()
@click.argument("endpoint_id", metavar="ID")
@click.option("--reason", default="", help="Why, for the builder and the log.")
def disable(endpoint_id: str, reason: str) -> None:
    """Send no events; those that wait are skipped."""
    from connector.flows.endpoints import anywhere
    from connector.flows.unsubscribe import disable

    with opened() as parts:
        connection_id = anywhere(parts, endpoint_id).connection_id
        disable(parts, connection_id, endpoint_id, actor=audit.COMMAND_LINE, reason=reason)
    click.echo(f"{endpoint_id} is disabled.")


def told(endpoint: Endpoint) -> dict[str, object]:
    """Return what scripts read: the API's document, and what only the owner sees."""
    return document(endpoint) | {
        "connection": endpoint.connection_id,
        "disabled_reason": endpoint.disabled_reason,
        "upstream": endpoint.upstream,
    }
