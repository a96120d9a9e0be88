"""What an action or a search is: one row, with a story that tells how it is carried out.

A story is a generator without any network: it yields the calls to Stora that it wants made, is
sent the replies, and returns the outcome. `run` drives it with whatever makes the calls, so the
same few lines carry out all rows, and every story can be played in a test.
"""

import base64
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from connector.catalogue.describe import Field, describe
from connector.catalogue.flat import flat_fields, flatten
from connector.catalogue.forms import Form, Values
from connector.catalogue.places import PLACES, Place
from connector.catalogue.schemas import RESOURCES
from connector.catalogue.wording import label_of
from connector.errors import StoraUnavailable, UnitwireError

JSON: Final = "application/json"
PDF: Final = "application/pdf"

Document = Mapping[str, Any]
Curies = Sequence[Mapping[str, Any]]
Kind = Literal["action", "search"]
Repeat = Literal["read", "post", "patch_safe", "unsafe"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call to Stora: `path` is below the version of the API and begins with a slash.

    The errors in `sees` are thrown into the story, which goes on; every other one ends it.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    accept: str = JSON
    sees: tuple[type[UnitwireError], ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What Stora answered to a call, with a 2xx: the JSON object, or the bytes asked for."""

    status: int
    body: Document = field(default_factory=dict)
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class File:
    """A file, as a workflow hands it on."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the `body` to answer, without `meta`; `curies` belong into that."""

    body: Mapping[str, Any]
    curies: Curies = ()
    files: tuple[File, ...] = ()

    @property
    def answer(self) -> dict[str, Any]:
        """The body as JSON, with the files, if any, in base64 (RFC 4648)."""
        files = [
            {
                "name": file.name,
                "content_type": file.content_type,
                "content": base64.b64encode(file.content).decode(),
            }
            for file in self.files
        ]
        return {**self.body, **({"files": files} if files else {})}


Story = Generator[Call, Reply, Outcome]


@dataclass(frozen=True, slots=True)
class CounterExample:
    """An input that is refused: the JSON pointer of the fault, and why, in a few words."""

    input: Mapping[str, Any]
    pointer: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing that a workflow does, or looks up, in Stora.

    `input` is the form; `story` is given what the form has loaded. `output` describes the body of
    the outcome. `scopes` are needed always, `scopes_for` adds those that depend on the input.

    `repeat` says what may be sent again when an answer is lost: `read` anything, `post` the same
    calls under the same idempotency keys, `patch_safe` the same changes, `unsafe` nothing.
    `danger` marks what can lock people out of their belongings: it is `unsafe`, and says so.
    """

    key: str
    kind: Kind
    help: str
    input: type[Form]
    output: tuple[Field, ...]
    story: Callable[[Values], Story]
    repeat: Repeat
    scopes: tuple[str, ...]
    scopes_of: Callable[[Values], tuple[str, ...]] | None = None
    resource: str | None = None
    danger: bool = False
    title: str | None = None
    sample: Mapping[str, Any] = field(default_factory=dict)
    refuses: tuple[CounterExample, ...] = ()

    @property
    def label(self) -> str:
        """What a person picks it by: `Create contact`."""
        return self.title or label_of(self.key)

    def scopes_for(self, values: Values) -> tuple[str, ...]:
        """Return the scopes that carrying it out on `values` needs."""
        return self.scopes + (self.scopes_of(values) if self.scopes_of else ())


def run(story: Story, perform: Callable[[Call], Reply]) -> Outcome:
    """Carry out a story: make each call with `perform`, and return the outcome.

    What `perform` raises ends the story, unless the call says that it wants to see it.
    """
    try:
        call = next(story)
        while True:
            try:
                reply = perform(call)
            except call.sees as seen:
                call = story.throw(seen)
            else:
                call = story.send(reply)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome


# ---- what stories return -----------------------------------------------------------------------


def one(resource: str, reply: Reply) -> Outcome:
    """Return the outcome that shows one resource, in Stora's envelope."""
    document = document_in(reply, PLACES[resource])
    curies = curies_in(reply)
    flat = flatten(resource, document, curies)
    return Outcome({PLACES[resource].one: document, "flat": flat}, curies)


def many(
    resource: str, documents: Sequence[Document], curies: Curies = (), *, has_more: bool = False
) -> Outcome:
    """Return the outcome that lists resources; `flat` has one entry for each, in their order."""
    flat = [flatten(resource, document, curies) for document in documents]
    listed = {PLACES[resource].many: list(documents), "flat": flat, "has_more": has_more}
    return Outcome(listed, curies)


def document_in(reply: Reply, place: Place) -> Document:
    """Return the one resource in a reply; raise StoraUnavailable if there is none."""
    document = reply.body.get(place.one)
    if not isinstance(document, Mapping):
        raise StoraUnavailable(
            "Stora's answer was not understood. Look in Stora before you repeat this.", lost=True
        )
    return document


def documents_in(reply: Reply, place: Place) -> list[Document]:
    """Return the resources in a list, each with its id; raise StoraUnavailable if it is none."""
    documents = reply.body.get(place.many)
    if not isinstance(documents, list):
        raise StoraUnavailable("Stora's answer was not understood. Try again.")
    whole = [each for each in documents if isinstance(each, Mapping)]
    return [each for each in whole if isinstance(each.get("id"), str)]


def curies_in(reply: Reply) -> Curies:
    """Return what completes the links in a reply."""
    meta = reply.body.get("meta")
    curies = meta.get("curies") if isinstance(meta, Mapping) else None
    return [each for each in curies or () if isinstance(each, Mapping)]


# ---- how outcomes are described ----------------------------------------------------------------


def output_of_one(resource: str, *more: Field) -> tuple[Field, ...]:
    """Describe the outcome that shows one `resource`."""
    place = PLACES[resource]
    return (_resource(resource, place.one, "object"), _flat(resource, "object"), *more)


def output_of_many(resource: str, *more: Field) -> tuple[Field, ...]:
    """Describe the outcome that lists `resource`s."""
    place = PLACES[resource]
    left = Field("has_more", "More", "boolean", "Whether there may be more than these.", False)
    return (_resource(resource, place.many, "list"), _flat(resource, "list"), left, *more)


def _resource(resource: str, key: str, kind: str) -> Field:
    help = "As Stora shows it." if kind == "object" else "As Stora shows them, the newest first."
    return _nested(key, label_of(key), kind, help, describe(RESOURCES[resource]))


def _flat(resource: str, kind: str) -> Field:
    help = "Ids, sums and links, ready to be used in the next step."
    return _nested("flat", "Ready to use", kind, help, flat_fields(resource))


def _nested(key: str, label: str, kind: str, help: str, children: tuple[Field, ...]) -> Field:
    example: object = {child.key: child.example for child in children}
    if kind == "list":
        return Field(key, label, kind, help, [example], item="object", children=children)
    return Field(key, label, kind, help, example, children=children)
