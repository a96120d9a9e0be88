"""`unitwire prove`: nothing that was acknowledged is lost, shown on this machine.

- `town`: the processes, and what can be done to them
- `nemesis`: what is done, in which order, from one seed
- `witness`: the receiver's books, and the verdict
- `rounds`: load, trouble, and the comparison of both sides' books
"""

import sys
from pathlib import Path

import click

from connector.cli.children import end_in_order
from connector.cli.shown import as_json, print_json


@click.command()
@click.option(
    "--rounds",
    type=click.IntRange(1, 100_000),
    default=12,
    show_default=True,
    help="How often something is killed, frozen or restarted.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(1, 3600),
    default=5.0,
    show_default=True,
    help="How long one round's load lasts.",
)
@click.option(
    "--rate",
    type=click.IntRange(1, 150),
    default=40,
    show_default=True,
    help="Events in a second.",
)
@click.option("--database-url", default="", help="An empty database, instead of a new SQLite file.")
@click.option(
    "--postgres",
    is_flag=True,
    help="Start a PostgreSQL for it, which is restarted too (needs unitwire[postgres]).",
)
@click.option("--seed", type=click.IntRange(0), help="Repeat the trouble of an earlier run.")
@as_json
def prove(
    rounds: int,
    seconds: float,
    rate: int,
    database_url: str,
    postgres: bool,
    seed: int | None,
    as_json: bool,
) -> None:
    """Prove that nothing is lost, whatever is killed when.

    Starts the sandbox, Unitwire (one web process, two dispatchers) and a workflow, lets events
    happen, and kills (kill -9), freezes and restarts processes at random, one round after the
    other. Then what the sandbox was told is accepted is compared with what the workflow received.
    Ends with 1 if anything is missing or came under another id; all files are kept then.
    """
    end_in_order()
    from connector import world
    from connector.cli.prove import rounds as proof
    from connector.cli.prove.town import Town
    from connector.logs import set_up_logs

    if database_url and postgres:
        raise click.UsageError("Use --database-url or --postgres, not both.")
    set_up_logs("error")
    chosen = world.new_seed() if seed is None else seed

    def tell(line: str) -> None:
        if not as_json:
            click.echo(line)

    with Town(database_url, own_postgres=postgres) as town:
        tell(f"seed {chosen}, on {town.store}")
        verdict = proof.run(town, chosen, rounds, seconds, rate, tell)
        town.keep_files = not verdict.good
        folder = town.folder
    if as_json:
        print_json(verdict.document() | {"seed": chosen})
    else:
        tell("")
        for name, value in verdict.document().items():
            tell(f"{name.replace('_', ' '):<14}{value:>8}")
    if not verdict.good:
        complain(folder)


def complain(folder: Path) -> None:
    """Say where everything is and end with 1."""
    click.echo(f"Error: the promise is broken. All files are in {folder}", err=True)
    sys.exit(1)
