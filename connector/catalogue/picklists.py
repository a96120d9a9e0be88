"""Choices that are Stora's to know: sites, deal stages, products and so on; one row each.

A row says where the list lies, what is kept of each object and how it reads. `items` and `narrow`
are pure; whoever serves them fetches the pages, keeps them for `lives_s` seconds and finds the
label of a value that is not on the first page.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connector.catalogue.events import event_type_items
from connector.catalogue.ids import PICKLIST_OF
from connector.catalogue.paths import value_at
from connector.catalogue.places import PLACES
from connector.catalogue.scopes import SCOPES, scope_label

Document = Mapping[str, Any]
Item = dict[str, Any]

RARELY_S: Final = 3600  # what an operator sets up once; a webhook or a write of ours says if not
OFTEN_S: Final = 60  # what customers change


@dataclass(frozen=True, slots=True)
class Picklist:
    """One picklist.

    `label` is where the words are; those of the second path stand in brackets.
    `depends` are the filters it takes: name → path of the value in the document. Each item carries
    them too, so that one fetched list serves all narrower ones.
    `params` go along when it is fetched; the order they ask for is kept if `in_order`.
    """

    name: str
    resource: str
    label: tuple[str, ...] = ("name",)
    depends: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    in_order: bool = False
    lives_s: int = RARELY_S

    @property
    def path(self) -> str:
        """Where the list lies in Stora's API, below the version."""
        return PLACES[self.resource].path

    @property
    def envelope(self) -> str:
        """The key that the list is answered under."""
        return PLACES[self.resource].many

    @property
    def scope(self) -> str:
        """The scope that fetching it needs."""
        return PLACES[self.resource].scope("read")


def _row(resource: str, **more: Any) -> Picklist:
    return Picklist(PICKLIST_OF[resource], resource, **more)


_BY_SITE: Final = {"site": "site.id"}

PICKLISTS: Final = (
    _row("site"),
    _row("unit_type", depends=_BY_SITE),
    _row(
        "unit",
        label=("reference_id",),
        depends={**_BY_SITE, "unit_type": "unit_type.id", "status": "status"},
        lives_s=OFTEN_S,
    ),
    _row("deal_stage", params={"sort_by": "position", "sort_direction": "ASC"}, in_order=True),
    _row("staff", label=("name", "email")),
    _row("protection_level", label=("cover_level.formatted",)),
    _row("product", depends={**_BY_SITE, "product_category": "category.id"}),
    _row("product_category"),
    _row("coupon", label=("name", "code")),
    _row("contract_template"),
    _row("timeline_source"),
    _row("timeline_template"),
)
PICKLIST: Final[Mapping[str, Picklist]] = {row.name: row for row in PICKLISTS}

# Picklists that are the same for everybody; nothing is fetched for them.
STATIC: Final[Mapping[str, Callable[[], list[Item]]]] = {
    "event_types": lambda: [dict(item) for item in event_type_items()],
    "scopes": lambda: [{"value": scope, "label": scope_label(scope)} for scope in SCOPES],
}


def items(row: Picklist, documents: Iterable[Document]) -> list[Item]:
    """Return the choices `{value, label, <what it depends on>…}`, in the order people look for.

    A document without an id was deleted and is left out; one without words is called by its id.
    """
    made = {
        str(document["id"]): {
            "value": str(document["id"]),
            "label": _label(row, document),
            **{name: value_at(document, path) for name, path in row.depends.items()},
        }
        for document in documents
        if document.get("id")
    }
    if row.in_order:
        return list(made.values())
    return sorted(made.values(), key=lambda item: natural(item["label"]))


def narrow(
    items: Iterable[Item], q: str = "", filters: Mapping[str, str] | None = None
) -> list[Item]:
    """Return the items that have every word of `q` in them, in any case, and meet the `filters`."""
    words = q.casefold().split()
    return [
        item
        for item in items
        if all(item.get(name) == value for name, value in (filters or {}).items())
        and all(word in f"{item['label']} {item['value']}".casefold() for word in words)
    ]


def natural(text: str) -> list[tuple[int, int, str]]:
    """Return what `text` is sorted by: numbers by size, so that A-9 stands before A-10."""
    parts = re.findall(r"0*([0-9]+)|([^0-9]+)", text.casefold())
    return [(0, len(number), number) if number else (1, 0, words) for number, words in parts]


def _label(row: Picklist, document: Document) -> str:
    words = [str(text) for text in (value_at(document, path) for path in row.label) if text]
    if not words:
        return str(document["id"])
    return f"{words[0]} ({words[1]})" if len(words) > 1 else words[0]
