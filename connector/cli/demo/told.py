"""The demo as people read it: numbered steps with what is to be seen, then what to try."""

from collections.abc import Iterable

import click

from connector import __version__
from connector.cli.demo import reference
from connector.cli.demo.house import House
from connector.cli.demo.story import EVENT_TYPE, Step
from connector.cli.demo.tenants import Tenant

LABEL = 25  # columns for what a fact is about


def opening() -> None:
    """Say what is about to be seen."""
    click.echo()
    click.secho(f"  Unitwire {__version__}", bold=True, nl=False)
    click.echo(" connects Stora to workflow builders. Here is its main job, for real,")
    click.echo(
        "  with throw-away data: a sandbox stands in for Stora, a small server for a workflow."
    )


def addresses(home: House) -> None:
    """Say what is running where."""
    click.echo()
    for name, url in (
        ("Stora (the sandbox)", home.settings.stora_api_url),
        ("Unitwire", home.settings.origin),
        ("the workflow", home.receiver.url),
    ):
        fact(name, url)


def fact(label: str, value: str) -> None:
    """Print one line of what is to be seen."""
    click.echo(f"     {click.style(f'{label:<{LABEL}}', dim=True)}{value}")


def tell(steps: Iterable[Step]) -> None:
    """Print each step when it is done."""
    for number, step in enumerate(steps, 1):
        click.echo()
        click.echo(
            f"  {click.style(str(number), fg='green', bold=True)}  "
            f"{click.style(step.title, bold=True)}  "
            f"{click.style(f'{step.seconds:.2f} s', dim=True)}"
        )
        for label, value in step.facts:
            fact(label, value)


def closing(seconds: float) -> None:
    """Say when the first event had been delivered, in seconds after the demo began."""
    click.echo()
    click.secho(
        f"  The first event was delivered {seconds:.1f} s after the demo began.", fg="green"
    )


def next_steps(home: House, stranger: Tenant) -> None:
    """Say which commands to try on the running demo."""
    token = stranger.consents.tokens.access_token
    click.echo("\n  Everything goes on running; Ctrl-C ends it and removes its data.")
    click.echo("  Try next, in another terminal:\n")
    comment("# in a browser: Unitwire's pages, and a BackOffice in which you play the business")
    for url in pages(home):
        click.echo(url)
    click.echo()
    comment(f"# Stora's reference page, only host and token changed (as {stranger.operator})")
    click.echo(reference.curl(home.settings.origin, token))
    for lines in (
        ("# every command of unitwire, set up for this demo", f". {home.env_file}"),
        ("# watch what arrives, and let it happen again", "unitwire listen &"),
        ("", f"unitwire trigger {EVENT_TYPE}"),
        ("# the log; send one again; look whether all is well", "unitwire deliveries list"),
        ("", f"unitwire deliveries replay --type {EVENT_TYPE}"),
        ("", "unitwire doctor"),
    ):
        if lines[0]:
            click.echo()
            comment(lines[0])
        click.echo(lines[1])


def pages(home: House) -> tuple[str, str]:
    """Return where Unitwire's own pages are, and the sandbox's BackOffice."""
    return f"{home.settings.origin}/", f"{home.settings.stora_api_url}/"


def opened() -> None:
    """Say that the person's browser has both pages."""
    click.secho(
        "\n  Both pages are open in your browser. Allow there, to be signed in.", fg="green"
    )


def comment(text: str) -> None:
    """Print a line that a shell passes over."""
    click.secho(text, dim=True)
