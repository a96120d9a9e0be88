"""`unitwire deliveries`: what was sent to workflows and what came of it, for all connections."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from connector.cli.event_type import EventType
from connector.cli.shown import as_json, ask_first, opened, plain, print_json, print_table
from connector.flows.deliveries import STATUSES, Filter

Command = TypeVar("Command", bound=Callable[..., Any])
MAX_SHOWN = 1000

limited = click.option(
    "--limit",
    type=click.IntRange(1, MAX_SHOWN),
    default=20,
    show_default=True,
    help="How many, the newest first.",
)
of_connection = click.option(
    "--connection", "connection_id", metavar="ID", help="Only of this connection."
)
of_type = click.option("--type", "event_type", type=EventType(), help="Only of this event type.")


def filtered(command: Command) -> Command:
    """Give a command the options that say which deliveries are meant."""
    for option in (
        click.option("--event", "event_id", metavar="ID", help="Only of this event."),
        of_type,
        click.option("--endpoint", "endpoint_id", metavar="ID", help="Only to this endpoint."),
        click.option(
            "--status", "statuses", multiple=True, type=click.Choice(STATUSES), help="Only these."
        ),
        of_connection,
    ):
        command = option(command)
    return command


@click.group()
def deliveries() -> None:
    """List, show or replay deliveries."""


@deliveries.command(name="list")
@filtered
@limited
@as_json
def list_(connection_id: str | None, limit: int, as_json: bool, **which: Any) -> None:
    """List deliveries, the newest first."""
    from connector.flows.overview import latest

    with opened() as parts:
        found = latest(parts, connection_id, Filter(**which), limit)
    if as_json:
        print_json(found)
        return
    print_table(
        {
            "id": lambda each: each["id"],
            "event type": lambda each: each["event"]["type"],
            "event": lambda each: each["event"]["id"],
            "endpoint": lambda each: each["endpoint"]["id"],
            "received": lambda each: each["created_at"],
            "status": lambda each: each["status"],
            "attempts": lambda each: each["attempt_count"],
            "answer": lambda each: each["last_answer_status"],
        },
        found,
        "No such deliveries.",
    )


@deliveries.command()
@click.argument("id")
@as_json
def show(id: str, as_json: bool) -> None:
    """Show one delivery with its attempts."""
    from connector.flows.deliveries import show_delivery
    from connector.flows.overview import find

    with opened() as parts:
        found = find(parts, show_delivery, id)
    if as_json:
        print_json(found)
        return
    for name in ("id", "connection", "status", "reason", "created_at", "next_attempt_at"):
        if found[name] is not None:
            click.echo(f"{name:<16} {plain(found[name])}")
    click.echo(f"{'event':<16} {found['event']['type']}  {found['event']['id']}")
    click.echo(f"{'endpoint':<16} {found['endpoint']['id']}\n")
    print_table(
        {
            "attempt": lambda each: each["number"],
            "started": lambda each: each["started_at"],
            "ms": lambda each: each["duration_ms"],
            "answer": lambda each: each["status"],
            "error": lambda each: each["error"],
            "body": lambda each: each["answer"],
        },
        found["attempts"],
        "Not attempted yet.",
    )


@deliveries.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@filtered
@click.option("--dry-run", is_flag=True, help="Only say how many would be sent again.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@as_json
def replay(
    ids: tuple[str, ...],
    connection_id: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    **which: Any,
) -> None:
    """Send deliveries again, under the same event ids: those named, or those of a filter.

    Those under way, and those of removed or disabled endpoints, cannot be replayed.
    """
    from connector.flows.deliveries import replay as replay_one
    from connector.flows.overview import find, replay_everywhere

    wanted = Filter(**which)
    if bool(ids) == (connection_id is not None or wanted != Filter()):
        raise click.UsageError("Name deliveries by their ids, or choose them by a filter.")
    with opened() as parts:
        if ids:
            count = len(ids) if dry_run else len([find(parts, replay_one, id) for id in ids])
        else:
            count = replay_everywhere(parts, connection_id, wanted, preview=True)
            if count and not dry_run:
                if not (yes or as_json):
                    ask_first(f"Send {count} deliveries again?")
                count = replay_everywhere(parts, connection_id, wanted, preview=False)
    if as_json:
        print_json({"count": count, "preview": dry_run})
    else:
        click.echo(f"{count} {'would be' if dry_run else 'will be'} sent again.")
