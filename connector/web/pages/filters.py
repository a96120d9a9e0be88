"""The filter of a workflow: which events are sent on."""

from collections.abc import Mapping

from flask import Response

from connector.catalogue.filters import MAX_CLAUSES, OPERATORS, Clause, read_clauses
from connector.errors import InvalidContent
from connector.flows import endpoint_filter as flow
from connector.flows.audit import BROWSER
from connector.flows.endpoints import show as endpoint_of
from connector.web.api import parts
from connector.web.pages import leave
from connector.web.pages.people import form, mine, people, show

filters = people("filters")

SPARE = 1  # empty lines to fill in


@filters.get("/workflows/<endpoint_id>/filter")
def see(endpoint_id: str) -> Response:
    """Show the filter, and what it would have done."""
    endpoint = endpoint_of(parts(), mine(), endpoint_id)
    return _page(endpoint_id, list(read_clauses(endpoint.filter or "[]")))


@filters.post("/workflows/<endpoint_id>/filter")
def change(endpoint_id: str) -> Response:
    """Try the filter, or keep it: as the button says."""
    clauses = clauses_of(form())
    endpoint = endpoint_of(parts(), mine(), endpoint_id)
    try:
        flow.checked(endpoint, clauses)
    except InvalidContent as error:
        faults = [each["message"] for each in error.details]
        return _page(endpoint_id, clauses, faults=faults, status=422)
    if form().get("do") == "keep":
        flow.set_filter(parts(), mine(), endpoint_id, clauses, actor=BROWSER)
        return leave(f"/workflows/{endpoint_id}")
    return _page(endpoint_id, clauses)


def clauses_of(given: Mapping[str, str]) -> list[Clause]:
    """Return the conditions that a form holds; lines without a field or a value are left out."""
    found = []
    for number in range(MAX_CLAUSES + 1):
        path, op, text = (given.get(f"{name}{number}", "") for name in ("path", "op", "value"))
        values = tuple(each.strip() for each in text.split(",") if each.strip())
        if path and values:
            found.append(Clause(path, op, values))
    return found


def _page(
    endpoint_id: str, clauses: list[Clause], *, faults: list[str] | None = None, status: int = 200
) -> Response:
    endpoint = endpoint_of(parts(), mine(), endpoint_id)
    lines: list[Clause | None] = [*clauses, *[None] * SPARE]
    return show(
        "filter.html",
        "workflows",
        status,
        endpoint=endpoint,
        lines=lines[:MAX_CLAUSES],
        places=flow.places_of(endpoint),
        operators=OPERATORS,
        faults=faults,
        trial=None if faults else flow.try_filter(parts(), mine(), endpoint_id, clauses),
        clauses=clauses,
    )
