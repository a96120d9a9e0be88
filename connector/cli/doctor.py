"""`unitwire doctor`: looks at everything that has to be right, and says how to mend what is not."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connector.cli.shown import as_json, print_json
from connector.errors import SettingsError
from connector.settings import Settings

if TYPE_CHECKING:
    from connector.flows.reach import Finding

MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Check this installation and say how to mend it.

    Exit status 1 if something fails; warnings do not count.
    """
    failed = False
    found = []
    for check in checks():
        failed = failed or check.status == "fail"
        if as_json:
            found.append(asdict(check))
            continue
        mark, colour = MARKS[check.status]
        click.echo(f"{click.style(mark, colour)} {check.name:<12} {check.says}")
        if check.mend:
            click.echo(f"  {'':<12} → {check.mend}")
    if as_json:
        print_json({"ok": not failed, "checks": found})
    if failed:
        raise SystemExit(1)


def checks() -> "Iterator[Finding]":
    """Yield every check, as far as one can get; makes no database and changes no tables."""
    from sqlalchemy.exc import DBAPIError

    from connector.cli.checks import before, inside, outside
    from connector.flows.parts import open_parts
    from connector.flows.reach import Finding
    from connector.logs import set_up_logs
    from connector.store.db import Store

    set_up_logs("error")
    try:
        settings = Settings.from_environment()
    except SettingsError as problem:
        yield Finding("settings", "fail", str(problem), "Mend the variable and run this again.")
        return
    yield Finding("settings", "ok", "Every variable is known and has a good value.")
    file = Path(settings.database_url.removeprefix("sqlite:///"))
    if settings.is_sqlite and not file.exists():
        yield Finding("database", "fail", f"There is no {file} yet.", "Start `unitwire serve`.")
        return
    store = Store(settings)
    fine = True
    try:
        for check in before(settings, store):
            fine = fine and not (check.name == "tables" and check.status == "fail")
            yield check
    except DBAPIError as problem:
        says = str(problem.orig).strip().splitlines()[0]
        yield Finding(
            "database", "fail", f"It does not answer: {says}", "Start it, or mend the URL."
        )
        return
    finally:
        store.close()
    if not fine:
        return
    try:
        parts = open_parts(settings)
    except SettingsError as problem:
        yield Finding("secrets", "fail", str(problem), "Mend the keys and run this again.")
        return
    try:
        yield from outside(parts)
        yield from inside(parts)
    finally:
        parts.close()
