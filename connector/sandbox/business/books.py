"""The books of one operator's business: what everybody who changes something writes into.

Whoever writes tells of it, by one rule: a new document tells `<kind>.created`; a change tells the
words it is given, such as `won`, and then `<kind>.updated`, each if Stora has such an event type.
The event brings the document as it is at that moment.
A change that changes nothing, and has no word for it, is written nowhere and told to nobody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.catalogue.events import EVENT_TYPES
from connector.catalogue.fields import Reference
from connector.catalogue.situations import Absent
from connector.errors import InvalidContent, NotFound
from connector.sandbox.business.kinds import blank, fields_of, prefix_of
from connector.sandbox.state import Document, State
from connector.world import iso, new_id, now_ms

Tell = Callable[[str, Document], object]


@dataclass
class Books:
    """The books as they are open for one piece of work, inside one transaction.

    `creator` is the id of whoever works (`app_…`, `tok_…`, `staff_…`). `tell` is given an event
    type and `{<kind>: {…}}`. Time and ids are the world's, unless the work is an old story.
    """

    state: State
    operator: str
    creator: str
    tell: Tell
    now_ms: int = field(default_factory=now_ms)
    make_id: Callable[[str], str] = new_id

    @property
    def now(self) -> str:
        """The moment of the work, as Stora writes it."""
        return str(iso(self.now_ms))

    # ---- reading -------------------------------------------------------------------------------

    def all(self, kind: str) -> list[Document]:
        """Return all documents of a kind, oldest first."""
        return self.state.all(self.operator, kind)

    def find(self, kind: str, id: str) -> Document | None:
        """Return a document, or None."""
        return self.state.get(self.operator, kind, id)

    def get(self, kind: str, id: str) -> Document:
        """Return a document; raise `NotFound`: unknown and another operator's look the same."""
        found = self.find(kind, id)
        if found is None:
            raise NotFound
        return found

    def follow(self, document: Document, key: str) -> Document:
        """Return the document of the kind `key` that `document` refers to under that key."""
        return self.get(key, document[key]["id"])

    def named(self, kinds: str | Sequence[str], id: str, pointer: str) -> Document:
        """Return what a body names; raise `InvalidContent` at `pointer` if there is none."""
        for kind in (kinds,) if isinstance(kinds, str) else kinds:
            if found := self.find(kind, id):
                return found
        raise wrong(pointer, "There is no such object.")

    def check(self, kind: str, wanted: Document) -> None:
        """Raise `InvalidContent` unless everything exists that the body `wanted` refers to."""
        for key, known in fields_of(kind).items():
            if isinstance(known, Reference) and wanted.get(key):
                self.named(known.resources, wanted[key]["id"], f"/{key}/id")

    # ---- writing -------------------------------------------------------------------------------

    def new_id(self, kind: str) -> str:
        """Return the id of a document that is to be made."""
        return self.make_id(prefix_of(kind))

    def add(self, kind: str, *words: str, **values: Any) -> Document:
        """Make a document of `values`, tell of it and return it; a value may be `Absent()`."""
        made = blank(kind)
        own = {
            "id": self.new_id(kind) if "id" not in values else "",
            "created_at": self.now,
            "updated_at": self.now,
            "creator": {"id": self.creator},
        }
        made |= {key: value for key, value in own.items() if key in made} | values
        made = {key: value for key, value in made.items() if not isinstance(value, Absent)}
        self.state.put(self.operator, kind, made["id"], made)
        self._tell(kind, made, "created", *words)
        return made

    def change(self, kind: str, document: Document, *words: str, **changes: Any) -> Document:
        """Change a document, tell of it in `words`, and return it as it is then."""
        changed = {**document, **changes}
        if changed == document and not words:
            return document
        if "updated_at" in changed:
            changed["updated_at"] = self.now
        self.state.put(self.operator, kind, changed["id"], changed)
        self._tell(kind, changed, *words, "updated")
        return changed

    def remove(self, kind: str, document: Document) -> None:
        """Remove a document; Stora has no event for that."""
        self.state.delete(self.operator, kind, document["id"])

    def _tell(self, kind: str, document: Document, *words: str) -> None:
        for word in words:
            if f"{kind}.{word}" in EVENT_TYPES:
                self.tell(f"{kind}.{word}", {kind: document})


@dataclass(frozen=True)
class Success:
    """An answer that is no document: what was done, and what `meta` tells besides."""

    message: str
    meta: Document = field(default_factory=dict)


def wrong(pointer: str, message: str) -> InvalidContent:
    """Return the error of one field of a body."""
    return InvalidContent(details=[{"pointer": pointer, "message": message}])


def to(document: Document) -> Document:
    """Return a reference to `document`."""
    return {"id": document["id"]}
