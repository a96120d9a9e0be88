"""The filter of a workflow: which events are sent on.

A condition is added by choosing its field; then its values are chosen from what Stora has now, or
written by hand. Each button but the last only shows what the filter would have done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Response

from connector.catalogue.filters import (
    MAX_CLAUSES,
    OPERATORS,
    Clause,
    Place,
    operators_of,
    read_clauses,
)
from connector.errors import InvalidContent
from connector.flows import endpoint_filter as flow
from connector.flows.audit import BROWSER
from connector.flows.endpoints import show as endpoint_of
from connector.flows.filter_choices import Choices, choices_of, names_in
from connector.web.api import parts
from connector.web.pages import leave
from connector.web.pages.people import form, mine, people, show

filters = people("filters")

WAIT_S = 3.0  # for Stora's choices, once somebody has pressed a button


@dataclass(frozen=True)
class Line:
    """One condition as it stands in the form, perhaps without a value yet; `words` look for one."""

    path: str
    op: str
    value: tuple[str, ...]
    words: str = ""

    @property
    def clause(self) -> Clause:
        """The condition."""
        return Clause(self.path, self.op, self.value)


@filters.get("/workflows/<endpoint_id>/filter")
def see(endpoint_id: str) -> Response:
    """Show the filter, and what it would have done."""
    kept = read_clauses(endpoint_of(parts(), mine(), endpoint_id).filter or "[]")
    return _page(endpoint_id, [Line(each.path, each.op, each.value) for each in kept])


@filters.post("/workflows/<endpoint_id>/filter")
def change(endpoint_id: str) -> Response:
    """Try the filter, or keep it: as the button says."""
    given = form()
    lines = lines_of(given)
    endpoint = endpoint_of(parts(), mine(), endpoint_id)
    clauses = [line.clause for line in lines if line.value]
    try:
        flow.checked(endpoint, clauses)
    except InvalidContent as error:
        faults = [each["message"] for each in error.details]
        return _page(endpoint_id, lines, faults=faults, wait_s=WAIT_S, status=422)
    if given.get("do") == "keep":
        ids = [place for place in flow.places_of(endpoint) if place.resource]
        names = names_in(parts(), mine(), clauses, ids)
        kept = [replace(each, names=called(each, names)) for each in clauses]
        flow.set_filter(parts(), mine(), endpoint_id, kept, actor=BROWSER)
        return leave(f"/workflows/{endpoint_id}")
    return _page(endpoint_id, lines, wait_s=WAIT_S)


def called(clause: Clause, names: Mapping[str, str]) -> dict[str, str]:
    """Return the names of a condition's values, as far as they are not the values themselves."""
    return {value: names[value] for value in clause.value if names.get(value, value) != value}


def lines_of(given: Mapping[str, str]) -> list[Line]:
    """Return the conditions that a form holds; those without a field, or taken out, are left out.

    Values are written in `value0`, with commas between, or ticked as `pick0.VALUE`.
    """
    found = []
    for number in range(MAX_CLAUSES + 1):
        path, op, text, words = (
            given.get(f"{name}{number}", "") for name in ("path", "op", "value", "words")
        )
        mark = f"pick{number}."
        picked = (name.removeprefix(mark) for name in given if name.startswith(mark))
        written = (each.strip() for each in text.split(",") if each.strip())
        if path and given.get("remove") != str(number):
            values = dict.fromkeys((*picked, *written))
            found.append(Line(path, op or "is", tuple(values), words.strip()))
    return found


def _page(
    endpoint_id: str,
    lines: list[Line],
    *,
    faults: list[str] | None = None,
    wait_s: float = 0,
    status: int = 200,
) -> Response:
    endpoint = endpoint_of(parts(), mine(), endpoint_id)
    places = flow.places_of(endpoint)
    at = {place.path: place for place in places}
    clauses = [line.clause for line in lines if line.value]
    return show(
        "filter.html",
        "workflows",
        status,
        endpoint=endpoint,
        lines=[(line, at.get(line.path), _choices(line, at, wait_s)) for line in lines],
        room=len(lines) < MAX_CLAUSES,
        groups=grouped(places),
        operators_of=operators_of,
        operators=OPERATORS,
        faults=faults,
        trial=None if faults else flow.try_filter(parts(), mine(), endpoint_id, clauses),
        clauses=clauses,
    )


def grouped(places: Sequence[Place]) -> dict[str, list[Place]]:
    """Return the fields under the label of their resource; what is chosen from a list comes first.

    Those are what most conditions are about: a status, a site, a person.
    """
    found: dict[str, list[Place]] = {}
    for place in sorted(places, key=lambda each: not (each.choices or each.resource)):
        found.setdefault(place.label.partition(" › ")[0], []).append(place)
    return found


def _choices(line: Line, at: Mapping[str, Place], wait_s: float) -> Choices:
    if line.path not in at:
        return Choices(None)
    return choices_of(parts(), mine(), at[line.path], line.value, words=line.words, wait_s=wait_s)
