"""`unitwire trigger`: lets something happen in the sandbox, as it would in Stora."""

import json
from typing import Any
from urllib.parse import urlsplit

import click

from connector.cli.event_type import EventType
from connector.cli.shown import as_json, print_json
from connector.settings import Settings, is_loopback, variable_of

TIMEOUT_S = 30.0


@click.command()
@click.argument("event_type", type=EventType())
@click.option(
    "--set",
    "changes",
    metavar="PATH=VALUE",
    multiple=True,
    help="A field of the data, such as invoice.total.amount=4200; the value is JSON, else text.",
)
@click.option("--operator", metavar="NAME", help="Name or id of the operator; unset: the first.")
@click.option(
    "--count",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many events.",
)
@as_json
def trigger(
    event_type: str, changes: tuple[str, ...], operator: str | None, count: int, as_json: bool
) -> None:
    """Let something happen in the sandbox.

    EVENT_TYPE is one of the 50, such as credit_note.created. UNITWIRE_STORA_API_URL says where the
    sandbox is; Stora itself has no such door.
    """
    wanted: dict[str, Any] = {
        "event_type": event_type,
        "count": count,
        "set": dict(change(text) for text in changes),
    }
    if operator is not None:
        wanted["operator"] = operator
    settings = Settings.from_environment()
    if not is_loopback(urlsplit(settings.stora_api_url).hostname or ""):
        raise click.ClickException(
            f"{settings.stora_api_url} is not a sandbox on this machine, so it was not asked. Set "
            f"{variable_of('stora_api_url')} to the sandbox's address."
        )
    done = ask(settings.stora_api_url.rstrip("/"), wanted)
    if as_json:
        print_json(done)
        return
    events = done["events"]
    click.echo(f"{event_type} happened {len(events)} times." if count > 1 else events[0])
    click.echo(f"Webhooks on their way: {done['deliveries']}")
    if not done["deliveries"]:
        click.echo("No webhook endpoint listens to it at this operator.", err=True)


def change(text: str) -> tuple[str, Any]:
    """Return path and value of `PATH=VALUE`; raises UsageError without the sign between them."""
    path, sign, value = text.partition("=")
    if not (path and sign):
        raise click.UsageError(f"--set {text}: write PATH=VALUE, such as invoice.number=INV-7.")
    try:
        return path, json.loads(value)
    except ValueError:
        return path, value


def ask(url: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of the sandbox at `url`; ends the command if it is none, or refuses."""
    import requests

    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                f"{url}/_sandbox/trigger", json=wanted, timeout=TIMEOUT_S, allow_redirects=False
            )
            document = answer.json()
        except requests.JSONDecodeError:
            document = {}
        except requests.RequestException as problem:
            raise click.ClickException(
                f"The sandbox at {url} does not answer ({type(problem).__name__}). Start it with "
                f"`unitwire sandbox`, and set {variable_of('stora_api_url')} to its address."
            ) from None
    if "events" in document:
        return dict(document)
    error = document.get("error", {})
    if error.get("code") in (None, "invalid_endpoint"):
        raise click.ClickException(
            f"{url} is not a sandbox. Set {variable_of('stora_api_url')} to the sandbox's address."
        )
    faults = [f"{each['pointer']}: {each['message']}" for each in error.get("details", [])]
    raise click.ClickException("\n  ".join([error["message"], *faults]))
