"""`unitwire why`: why an event did not run, in one sentence."""

from dataclasses import asdict

import click

from connector.cli.shown import as_json, opened, plain, print_json


@click.command()
@click.argument("id")
@as_json
def why(id: str, as_json: bool) -> None:
    """Say why the event, delivery or webhook endpoint ID did not run.

    Goes the way of the event, from Stora to the builder's answer, and names what stopped it.
    """
    from connector.flows.overview import find
    from connector.flows.why import why as flow

    with opened() as parts:
        found = find(parts, lambda *given: asdict(flow(*given)), id)
    if as_json:
        print_json(found)
        return
    click.secho(plain(found["sentence"]), bold=True)
    for step in found["steps"]:
        sign = {True: "✓", False: "✗", None: "·"}[step["good"]]
        click.echo(f"  {sign} {step['title']}: {plain(step['told'])}")
