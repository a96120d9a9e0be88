"""`unitwire erase`: forget a contact."""

import click

from connector.cli.shown import as_json, opened, print_json


@click.command()
@click.argument("contact_id")
@as_json
def erase(contact_id: str, as_json: bool) -> None:
    """Remove what is kept about a contact.

    CONTACT_ID is its id in Stora. Bodies of events that name it, what waits to be delivered of
    them and what workflows answered are removed; ids, types and times stay.
    """
    from connector.flows.erase import erase

    with opened() as parts:
        done = erase(parts, contact_id)
    if as_json:
        print_json(done.document())
        return
    for name, count in done.document().items():
        click.echo(f"{name.replace('_', ' '):<18}{count:>8}")
