"""`unitwire actions`: what a workflow can do in Stora, and doing it by hand."""

from typing import TYPE_CHECKING, Any

import click

from connector.cli.shown import as_json, opened, plain, print_json, print_table
from connector.cli.trigger import change

if TYPE_CHECKING:
    from connector.flows.callers import Caller
    from connector.flows.parts import Parts

ACTOR = "cli"


@click.group()
def actions() -> None:
    """List actions and searches, or run one."""


@actions.command(name="list")
@click.option("--kind", type=click.Choice(("action", "search")), help="Only these.")
@as_json
def list_(kind: str | None, as_json: bool) -> None:
    """List all actions and searches."""
    from connector.catalogue.actions import ACTIONS
    from connector.catalogue.actions.document import to_document

    found = [action for action in ACTIONS if kind in (None, action.kind)]
    if as_json:
        print_json([to_document(action) for action in found])
        return
    print_table(
        {
            "key": lambda action: action.key,
            "kind": lambda action: action.kind,
            "label": lambda action: action.label,
            "scope": lambda action: " ".join(action.scopes),
        },
        found,
        "There are none.",
    )


@actions.command()
@click.argument("key")
@click.option("--connection", "connection_id", help="Which Stora account; unset: the only one.")
@click.option(
    "--set",
    "changes",
    metavar="FIELD=VALUE",
    multiple=True,
    help="A field of the form, such as email=jane@example.com; the value is JSON, else text.",
)
@click.option("--key", "repeat_key", metavar="KEY", help="Run it once, however often you call.")
@as_json
def run(
    key: str,
    connection_id: str | None,
    changes: tuple[str, ...],
    repeat_key: str | None,
    as_json: bool,
) -> None:
    """Run an action or a search in a connected Stora account.

    `unitwire actions list --json` tells the fields of each.
    """
    from connector.catalogue.actions import ACTION
    from connector.dialect.body import load
    from connector.flows.act import act

    if key not in ACTION:
        raise click.UsageError(f"There is no action {key}: see `unitwire actions list`.")
    action = ACTION[key]
    values = load(action.input(), dict(change(text) for text in changes))
    with opened() as parts:
        done = act(parts, caller_of(parts, connection_id), action, values, key=repeat_key)
    if as_json:
        noted = {"timeline": done.timeline.document} if done.timeline else {}
        print_json({**done.answer, **noted})
        return
    for name, told in shown(done.answer):
        click.echo(plain(f"{name}: {told}"))


def caller_of(parts: "Parts", connection_id: str | None) -> "Caller":
    """Return whoever sits at the terminal, who may do all that the connection may do."""
    from connector.flows.callers import Caller
    from connector.flows.connections import list_connections, show_connection

    active = [linked for linked in list_connections(parts) if linked.status == "active"]
    if connection_id is None and len(active) != 1:
        raise click.UsageError(f"There are {len(active)} Stora accounts: say --connection ID.")
    linked = show_connection(parts, connection_id) if connection_id else active[0]
    return Caller(
        connection_id=linked.id,
        operator=linked.operator,
        platform="custom",
        creator=ACTOR,
        client_id=None,
        token_id=ACTOR,
        scopes=frozenset(linked.scopes),
        curies=(),
        expires_at=None,
        created_at=linked.created_at,
    )


def shown(answer: Any) -> list[tuple[str, object]]:
    """Return what people read of an answer: the flat fields of one thing, or how many there are."""
    flat = answer.get("flat")
    if isinstance(flat, dict):
        return [(name, value) for name, value in flat.items() if value is not None]
    if isinstance(flat, list):
        return [("found", len(flat)), *((str(n), each) for n, each in enumerate(flat, 1))]
    return list(answer.items())
