"""Looking through Stora's lists: page by page, checking each result.

Stora may ignore a parameter that it does not know, and then answers everything; so whatever comes
back is checked against what was asked. It may also refuse one; then the list is read without.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from connector.catalogue.actions.row import (
    Call,
    Curies,
    Document,
    Reply,
    curies_in,
    documents_in,
)
from connector.catalogue.places import PLACES
from connector.errors import StoraRefused

Matches = Callable[[Document], bool]

MAX_PAGES: Final = 10  # a sixth of what Stora allows in a minute
NEWEST: Final = {"sort_by": "created_at", "sort_direction": "DESC", "limit": "100"}


@dataclass(frozen=True, slots=True)
class Found:
    """The matching documents, the newest first, and whether there may be more."""

    documents: list[Document]
    curies: Curies
    has_more: bool


def walk(
    resource: str, params: Mapping[str, str], matches: Matches, most: int, *, sure: bool = False
) -> Generator[Call, Reply, Found]:
    """Look for at most `most` documents that match, through MAX_PAGES pages of 100.

    `params` narrow the list. Unless Stora is `sure` to take them, it may refuse them.
    """
    place = PLACES[resource]
    sees = () if sure or not params else (StoraRefused,)
    kept: dict[str, Document] = {}  # by id: a row that moves on to the next page is there twice
    curies: Curies = ()
    page: int | None = 1
    for _ in range(MAX_PAGES):
        try:
            reply = yield Call(
                "GET", place.path, {**NEWEST, **params, "page": str(page)}, sees=sees
            )
        except StoraRefused:
            params, sees = {}, ()
            continue
        curies = curies_in(reply)
        kept |= {each["id"]: each for each in documents_in(reply, place) if matches(each)}
        page = _next_page(reply)
        if page is None or len(kept) >= most:
            break
    newest = sorted(kept.values(), key=_created, reverse=True)
    return Found(newest[:most], curies, page is not None or len(newest) > most)


def _created(document: Document) -> str:
    return str(document.get("created_at") or "")  # all in the same form, so text order is time's


def _next_page(reply: Reply) -> int | None:
    meta = reply.body.get("meta")
    pagination: Any = meta.get("pagination") if isinstance(meta, Mapping) else None
    following = pagination.get("next") if isinstance(pagination, Mapping) else None
    return following if isinstance(following, int) else None


def id_in(document: Document, relation: str) -> Any:
    """Return the id of a related object; None where there is none."""
    related = document.get(relation)
    return related.get("id") if isinstance(related, Mapping) else None
