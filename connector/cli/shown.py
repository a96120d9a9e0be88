"""How commands open the installation and show what they found: a table for people, JSON for
scripts.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from connector.logs import set_up_logs
from connector.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from connector.flows.parts import Parts

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
PIPED_WIDTH = 1000  # columns: nothing is cut short for a program that reads along


@contextmanager
def opened() -> Iterator["Parts"]:
    """Give the parts of the installation that the environment describes; logs stay quiet.

    Raises SettingsError when a setting is wrong.
    """
    from connector.flows.parts import open_parts

    settings = Settings.from_environment()
    set_up_logs("warning")
    parts = open_parts(settings)
    try:
        yield parts
    finally:
        parts.close()


def print_json(document: object) -> None:
    """Print `document` as one line of JSON."""
    click.echo(json.dumps(document, ensure_ascii=False))


def console() -> "Console":
    """Return what writes to standard output, with colours only on a terminal."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(highlight=False, width=width, soft_wrap=not sys.stdout.isatty())


def print_table(
    columns: dict[str, Callable[[Any], object]], rows: Sequence[Any], nothing: str
) -> None:
    """Print `rows`, each column made by its function; without rows print `nothing`."""
    if not rows:
        click.echo(nothing)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        cells = (cell(row) for cell in columns.values())
        table.add_row(
            *(Text("" if value is None else str(value), overflow="fold") for value in cells)
        )
    console().print(table)
