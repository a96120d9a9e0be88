"""`unitwire sweep`: mend what differs between Unitwire and Stora, and prune what is over."""

import dataclasses
import sys

import click

from connector.cli.shown import as_json, opened, print_json


@click.command()
@click.option("--connection", "connection_id", help="Only this connection.")
@as_json
def sweep(connection_id: str | None, as_json: bool) -> None:
    """Mend what differs between Unitwire and Stora, and remove rows that are past their time.

    Ends with 1 if something could not be mended; the next sweep tries again.
    """
    from connector.flows.sweep import sweep

    with opened() as parts:
        report = sweep(parts, connection_id)
    if as_json:
        print_json(dataclasses.asdict(report))
    else:
        for line in report.lines:
            click.echo(line)
        click.echo(
            f"Connections: {report.connections}. In Stora: {report.removed} removed, "
            f"{report.made_again} made again, {report.mended} corrected, {report.left} left. "
            f"Here: {report.withdrawn} withdrawn, {report.pruned} old rows removed."
        )
    if report.failed or report.left:
        sys.exit(1)
