"""Where the choices of an id come from: a picklist, or the newest results of a search.

A field that takes ids of several resources has a source for each. A picklist that a site narrows
wants a field for the site beside it; a form without one gets it (`site_beside`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from connector.catalogue.actions import ACTION
from connector.catalogue.describe import Field, describe
from connector.catalogue.ids import EXAMPLE_IDS, PICKLIST_OF
from connector.catalogue.picklists import PICKLIST
from connector.catalogue.places import PLACES, plural
from connector.catalogue.schemas import RESOURCES
from connector.catalogue.wording import words_of

SITE: Final = "choose_site_id"
"""The key of a field that only narrows choices; it is not sent to Unitwire."""

# The keys that people know a thing by, the best first; the second in brackets.
_NAMES: Final[tuple[str, ...]] = ("full_name", "name", "title", "number", "content")
_MORE: Final[tuple[str, ...]] = ("email", "status", "created_at")


@dataclass(frozen=True, slots=True)
class Source:
    """Choices of one resource.

    Either `picklist` names it, and `narrow` says which of the form's fields narrow it (filter →
    key); or `search` is the action whose results, under `many`, are read by the keys in `title`.
    """

    resource: str
    picklist: str | None = None
    narrow: Mapping[str, str] = field(default_factory=dict)
    search: str | None = None
    many: str = ""
    title: tuple[str, ...] = ()


def sources(id_field: Field, form: Collection[str] = ()) -> tuple[Source, ...]:
    """Return where the choices of `id_field` come from; `form` are the keys of its form.

    There are none for a field that is no id, and for resources that nothing lists.
    """
    if id_field.kind != "text":
        return ()
    found = (_source(resource, form) for resource in id_field.resources)
    return tuple(source for source in found if source)


def _source(resource: str, form: Collection[str]) -> Source | None:
    if resource in PICKLIST_OF:
        name = PICKLIST_OF[resource]
        narrow = {
            filter: key
            for filter in PICKLIST[name].depends
            for key in (f"{filter}_id", f"choose_{filter}_id")
            if key in form
        }
        return Source(resource, picklist=name, narrow=narrow)
    search = f"list_{plural(resource)}"
    if search not in ACTION:
        return None
    keys_of = {each.key for each in describe(RESOURCES[resource])}
    title = [next(key for key in (*_NAMES, "id") if key in keys_of)]
    title += [next(key for key in _MORE if key in keys_of)]
    return Source(resource, search=search, many=PLACES[resource].many, title=tuple(title))


def site_beside(form: tuple[Field, ...]) -> Field | None:
    """Return the field that narrows the choices of a `form`; None if it needs none, or has one."""
    named = (each.picklist for each in form if each.picklist in PICKLIST)
    narrowed = [name for name in named if name and "site" in PICKLIST[name].depends]
    if not narrowed or any(each.key == "site_id" for each in form):
        return None
    things = words_of(narrowed[0])
    return Field(
        SITE,
        f"Site of the {things}",
        "text",
        f"Only {things} of this site are there to be chosen from. It changes nothing else.",
        EXAMPLE_IDS["site"],
        picklist=PICKLIST_OF["site"],
        resources=("site",),
    )
