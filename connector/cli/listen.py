"""`unitwire listen`: what arrives and what becomes of it, line by line, until Ctrl-C."""

import threading
from typing import Any

import click

from connector.cli.event_type import EventType
from connector.cli.shown import as_json, opened, plain, print_json

POLL_S = 0.3
COLOURS = {"pending": "yellow", "delivered": "green", "dead": "red", "skipped": "blue"}


@click.command()
@click.option("--connection", "connection_id", metavar="ID", help="Only of this connection.")
@click.option("--type", "event_types", type=EventType(), multiple=True, help="Only of these types.")
@click.option("--since", metavar="CURSOR", default="", help="Go on after this cursor.")
@as_json
def listen(
    connection_id: str | None, event_types: tuple[str, ...], since: str, as_json: bool
) -> None:
    """Watch events arrive and be delivered, live.

    Ctrl-C ends it and prints the cursor, with which `--since` goes on and misses nothing; the last
    seconds before may be shown again. With --json each line carries its cursor.
    """
    from connector.flows.tail import Tail

    with opened() as parts:
        tail = Tail(parts, since, connection_id, event_types)
        if not as_json:
            click.echo("Listening. Ctrl-C ends.", err=True)
        try:
            while True:
                for delivery in tail.look():
                    if as_json:
                        print_json({"cursor": tail.cursor, "delivery": delivery})
                    else:
                        click.echo(line(delivery))
                threading.Event().wait(POLL_S)
        except KeyboardInterrupt:
            if not as_json:
                click.echo(f"\nTo go on from here: unitwire listen --since {tail.cursor}", err=True)


def line(delivery: dict[str, Any]) -> str:
    """Return one line for people: when, what, where to, and what became of it."""
    attempts = delivery["attempt_count"]
    outcome = click.style(f"{delivery['status']:<9}", COLOURS[delivery["status"]])
    words = [
        delivery["created_at"],
        f"{delivery['event']['type']:<24}",
        delivery["event"]["id"],
        "→",
        delivery["endpoint"]["id"],
        outcome,
    ]
    if attempts:
        words.append(f"{attempts} attempt" + "s" * (attempts > 1))
    if delivery["last_answer_status"]:
        words.append(f"last answer {delivery['last_answer_status']}")
    if delivery["reason"]:
        words.append(plain(delivery["reason"]))
    return "  ".join(words)
