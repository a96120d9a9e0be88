"""`unitwire events`: what arrived from Stora, for all connections."""

from typing import Any

import click

from connector.cli.deliveries import limited, of_connection, of_type
from connector.cli.shown import as_json, opened, plain, print_json, print_table


@click.group()
def events() -> None:
    """List or show events that arrived."""


@events.command(name="list")
@of_connection
@of_type
@click.option("--endpoint", "endpoint_id", metavar="ID", help="Only for this endpoint.")
@limited
@as_json
def list_(
    connection_id: str | None,
    event_type: str | None,
    endpoint_id: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List events, the newest first, and what became of each."""
    from connector.flows.deliveries import Filter
    from connector.flows.overview import latest

    with opened() as parts:
        wanted = Filter(event_type=event_type, endpoint_id=endpoint_id)
        found = latest(parts, connection_id, wanted, limit)
    if as_json:
        print_json([of_delivery(each) for each in found])
        return
    print_table(
        {
            "id": lambda each: each["event"]["id"],
            "type": lambda each: each["event"]["type"],
            "happened": lambda each: each["event"]["created_at"],
            "received": lambda each: each["created_at"],
            "repeats": lambda each: each["repeats"],
            "endpoint": lambda each: each["endpoint"]["id"],
            "delivery": lambda each: each["status"],
        },
        found,
        "No such events.",
    )


def of_delivery(delivery: dict[str, Any]) -> dict[str, Any]:
    """Return the event that a delivery carries, with the delivery's id and status."""
    return {
        **delivery["event"],
        "connection": delivery["connection"],
        "endpoint": delivery["endpoint"],
        "received_at": delivery["created_at"],
        "repeats": delivery["repeats"],
        "delivery": {"id": delivery["id"], "status": delivery["status"]},
    }


@events.command()
@click.argument("id")
@as_json
def show(id: str, as_json: bool) -> None:
    """Show one event: its body, as it came from Stora, and its deliveries."""
    from connector.flows.events import show_event
    from connector.flows.overview import find

    with opened() as parts:
        found = find(parts, show_event, id)
    if as_json:
        print_json(found)
        return
    for name in ("id", "type", "connection", "created_at", "received_at", "repeats"):
        click.echo(f"{name:<12} {found[name]}")
    for delivery in found["deliveries"]:
        click.echo(
            f"{'delivery':<12} {delivery['id']} to {delivery['endpoint']['id']}: "
            f"{delivery['status']}"
        )
    click.echo("\n" + plain(found["body"]))
