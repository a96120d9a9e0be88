"""What a person chooses from where a filter names a field: statuses, sites, people and so on.

The values of a choice are the catalogue's. What an id names is looked up in Stora: short lists as
they are kept for all forms, long ones and people by words. Where Stora cannot be asked, or need not
be waited for, what is known is offered, and the value may be written by hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector.catalogue.filters import Clause, Place
from connector.catalogue.ids import PICKLIST_OF
from connector.catalogue.inputs import ObjectId
from connector.catalogue.picklists import narrow
from connector.catalogue.places import PLACES
from connector.errors import NotFound, UnitwireError
from connector.flows.call import call_stora
from connector.flows.choices import all_of, known_of
from connector.flows.parts import Parts

SHOWN = 40  # that are offered; the others are found by words
PEOPLE = "contact"
LOOKED_UP = 5  # people that are chosen already and looked up by their id
FETCHING = "Stora is being asked for the names: try the filter to see them."


@dataclass(frozen=True)
class Choices:
    """`options` are values and labels, those that are chosen first; None: write the value by hand.

    `searched` is whether words find more. `problem` says why there is less than there should be.
    """

    options: Sequence[tuple[str, str]] | None
    searched: bool = False
    problem: str = ""


def choices_of(
    parts: Parts,
    connection_id: str,
    place: Place,
    chosen: Sequence[str],
    *,
    words: str = "",
    wait_s: float = 0,
) -> Choices:
    """Return what may be chosen at `place`, narrowed by `words`.

    Stora is asked only if there is time for it. Never raises for what Stora answers.
    """
    if place.choices:
        return Choices(_with(chosen, dict(place.choices)))
    try:
        if place.resource == PEOPLE:
            return _people(parts, connection_id, chosen, words, wait_s)
        if place.resource in PICKLIST_OF:
            return _listed(parts, connection_id, PICKLIST_OF[place.resource], chosen, words, wait_s)
    except UnitwireError as error:
        return Choices(None, problem=error.message)
    return Choices(None)


def names_in(
    parts: Parts, connection_id: str, clauses: Sequence[Clause], places: Sequence[Place]
) -> Mapping[str, str]:
    """Return what the values of `clauses` are called, as far as that is known without asking."""
    at = {place.path: place for place in places}
    found: dict[str, str] = {}
    for clause in clauses:
        if clause.path in at:
            options = choices_of(parts, connection_id, at[clause.path], clause.value).options
            found |= {value: label for value, label in options or () if value in clause.value}
    return found


def _listed(
    parts: Parts,
    connection_id: str,
    name: str,
    chosen: Sequence[str],
    words: str,
    wait_s: float,
) -> Choices:
    if wait_s:
        found = all_of(parts, connection_id, name, wait_s=wait_s)
    else:
        kept = known_of(parts, connection_id, name)
        if kept is None:
            parts.background.do((connection_id, name), lambda: all_of(parts, connection_id, name))
            return Choices(None, problem=FETCHING)
        found = kept
    labels = {str(item["value"]): str(item["label"]) for item in found}
    fitting = {str(item["value"]): str(item["label"]) for item in narrow(found, words)[:SHOWN]}
    return Choices(_with(chosen, fitting, labels), searched=len(found) > SHOWN)


def _people(
    parts: Parts, connection_id: str, chosen: Sequence[str], words: str, wait_s: float
) -> Choices:
    """Return the people that `words` find, and the names of those that are chosen."""
    if not wait_s:
        return Choices(_with(chosen, {}), searched=True, problem=FETCHING if chosen else "")
    place = PLACES[PEOPLE]
    found: dict[str, str] = {}
    if words:
        answer = _ask(parts, connection_id, place.path, wait_s, search=words, limit=str(SHOWN))
        # Stora may ignore a search that it does not know, and answer anybody.
        found = {
            value: label
            for value, label in map(_person, answer.get(place.many) or ())
            if all(word in label.casefold() for word in words.casefold().split())
        }
    labels = dict(found)
    for value in [each for each in chosen if each not in found][:LOOKED_UP]:
        if ObjectId.form.fullmatch(value):
            try:
                document = _ask(parts, connection_id, f"{place.path}/{value}", wait_s)
            except NotFound:
                continue
            labels |= [_person(document.get(place.one) or {})]
    return Choices(_with(chosen, found, labels), searched=True)


def _ask(
    parts: Parts, connection_id: str, path: str, wait_s: float, **params: str
) -> Mapping[str, Any]:
    return call_stora(
        parts,
        connection_id,
        "GET",
        path,
        params=params,
        lane="picklist",
        wait_s=wait_s,
        answer_s=wait_s,
        repeats=False,
    ).body


def _person(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return id and name of a contact, with what tells two of the same name apart."""
    more = document.get("email") or document.get("phone_number") or document.get("id")
    return str(document.get("id")), f"{document.get('full_name') or 'Without a name'} ({more})"


def _with(
    chosen: Sequence[str], options: Mapping[str, str], labels: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """Return `options` with what is chosen in front, under its label or else as it is."""
    known = options if labels is None else labels
    first = {value: known.get(value, value) for value in chosen}
    return list({**first, **options}.items())
