"""How commands open the installation and show what they found: a table for people, JSON for
scripts.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from connector.logs import set_up_logs
from connector.settings import Settings, is_set, variable_of

if TYPE_CHECKING:
    from connector.flows.parts import Parts

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


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


def tell_default_address(settings: Settings) -> None:
    """Say on standard error that what is printed holds a public URL that nobody set, if it does.

    The server itself may be reached under another: it listens where it was told, or has the
    variable in an environment of its own.
    """
    if not is_set("public_url"):
        click.echo(
            f"Note: {settings.origin} is only the default. Where Unitwire is reached under another "
            f"address, set {variable_of('public_url')} for this command too.",
            err=True,
        )


def ask_first(question: str) -> None:
    """Ask on standard error, and end with 1 for everything but a yes; nobody there is a no."""
    try:
        click.confirm(question, abort=True, err=True)
    except click.Abort:
        click.echo(err=True)  # whoever did not answer did not end the line
        raise click.ClickException("Nothing was done. With --yes nobody is asked.") from None


def print_json(document: object) -> None:
    """Print `document` as one line of JSON."""
    click.echo(json.dumps(document, ensure_ascii=False))


def plain(text: object) -> str:
    """Return `text` without control characters: what others sent must not steer the terminal."""
    return "".join(each if each.isprintable() or each in "\n\t" else "�" for each in str(text))


def print_table(
    columns: dict[str, Callable[[Any], object]], rows: Sequence[Any], nothing: str
) -> None:
    """Print `rows`, each column made by its function; without rows print `nothing`."""
    if not rows:
        click.echo(nothing)
        return
    table = [[in_cell(cell(row)) for cell in columns.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *table, strict=True)]
    click.secho(in_line(columns, widths), bold=True)
    for cells in table:
        click.echo(in_line(cells, widths))


def in_cell(value: object) -> str:
    """Return `value` as a table shows it: one line, nothing for None."""
    return "" if value is None else " ".join(plain(value).split())


def in_line(cells: Iterable[str], widths: Sequence[int]) -> str:
    """Return `cells` side by side, each as wide as its column."""
    return "  ".join(map(str.ljust, cells, widths)).rstrip()
