"""`unitwire keys`: the keys that encrypt secrets at rest.

To rotate without a pause: put a new key in front of the old ones in UNITWIRE_SECRET_KEYS (or in
the first line of the file beside the SQLite database), start every process again, run
`unitwire keys rotate`, then take the old keys away.
"""

import click

from connector.cli.shown import as_json, opened, print_json, print_table


@click.group()
def keys() -> None:
    """Make or rotate the keys that encrypt secrets."""


@keys.command()
def new() -> None:
    """Print a new key for UNITWIRE_SECRET_KEYS."""
    from connector.store.secrets import new_key

    click.echo(new_key())


@keys.command()
@as_json
def rotate(as_json: bool) -> None:
    """Encrypt every stored secret anew under the first key.

    May be interrupted and run again at any time, while everything else goes on working.
    """
    from connector.flows.reseal import reseal

    with opened() as parts:
        counts = reseal(parts)
    if as_json:
        print_json([count.document() for count in counts])
        return
    print_table(
        {
            "column": lambda count: count.column,
            "secrets": lambda count: count.seen,
            "encrypted anew": lambda count: count.changed,
        },
        counts,
        "",
    )
