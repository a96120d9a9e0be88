"""Why did it not run? A question about an id, answered in one sentence with a button."""

from flask import Response

from connector.errors import NotFound
from connector.flows.why import why as flow
from connector.flows.workflows import names
from connector.web.api import parts
from connector.web.pages.people import asked, mine, people, show

why = people("why")


@why.get("/why")
def ask() -> Response:
    """Take an id of an event, a delivery or a workflow, and answer."""
    id = asked().get("id", "")[:128].strip()
    found, problem = None, ""
    if id:
        try:
            found = flow(parts(), mine(), id)
        except NotFound as error:
            problem = error.message
    return show(
        "why.html",
        "why",
        404 if problem else 200,
        id=id,
        why=found,
        problem=problem,
        workflows=names(parts(), mine()),
    )
