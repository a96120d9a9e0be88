"""`unitwire backup`, `unitwire restore`: everything into one file, and back."""

from pathlib import Path

import click

from connector.cli.shown import as_json, opened, print_json, print_table


def named(_context: click.Context, _parameter: click.Parameter, file: Path) -> Path:
    """Return `file`; raises BadParameter for an empty name, which Path reads as this folder."""
    if not file.name:
        raise click.BadParameter("Name a file.")
    return file


file_argument = click.argument(
    "file", type=click.Path(dir_okay=False, path_type=Path), callback=named
)


@click.command()
@file_argument
@as_json
def backup(file: Path, as_json: bool) -> None:
    """Write everything into one file while all goes on.

    FILE must not exist yet. It is an SQLite database, whichever kind yours is, and holds secrets
    only encrypted: keep the keys (UNITWIRE_SECRET_KEYS) somewhere else.
    """
    from connector.flows.backup import backup

    with opened() as parts:
        show(backup(parts, file), as_json)
    if not as_json:
        click.echo(f"Written to {file}. Try it: unitwire restore {file} --check")


@click.command()
@file_argument
@click.option("--check", "only_check", is_flag=True, help="Only look whether it could be restored.")
@as_json
def restore(file: Path, only_check: bool, as_json: bool) -> None:
    """Put the contents of a backup into an empty database.

    The file is looked through first: whole, of this version, every secret opens with your keys.
    Ends with 1 if it is not so.
    """
    from connector.flows.backup import check, restore

    with opened() as parts:
        show(check(parts.vault, file) if only_check else restore(parts, file), as_json)
    if not as_json:
        click.echo("It can be restored." if only_check else "Restored.")


def show(counts: dict[str, int], as_json: bool) -> None:
    """Print how many rows each table has."""
    if as_json:
        print_json(counts)
        return
    columns = {"table": lambda row: row[0], "rows": lambda row: row[1]}
    print_table(columns, [row for row in counts.items() if row[1]], "It is empty.")
