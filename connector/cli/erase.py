"""`unitwire erase`: forget a contact."""

import click

from connector.cli.shown import as_json, ask_first, opened, plain, print_json


@click.command()
@click.argument("contact_id")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@as_json
def erase(contact_id: str, yes: bool, as_json: bool) -> None:
    """Remove what is kept about a contact.

    CONTACT_ID is its id in Stora. Bodies of events that name it, what waits to be delivered of
    them and what workflows answered are removed; ids, types and times stay. Nothing brings it back.
    Ends with 1 if nothing here names it.
    """
    from connector.errors import NotFound
    from connector.flows.erase import erase

    with opened() as parts:
        if not yes:
            ask_first(f"Remove for ever what is kept about {plain(contact_id)}?")
        done = erase(parts, contact_id)
    if not any(done.document().values()):
        raise NotFound(f"Nothing here names {contact_id}. Give its id in Stora, such as con_….")
    if as_json:
        print_json(done.document())
        return
    for name, count in done.document().items():
        click.echo(f"{name.replace('_', ' '):<18}{count:>8}")
