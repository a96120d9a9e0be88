"""What the OpenAPI document is held to, besides being valid (which the tests look at)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from connector.catalogue.actions import ACTION
from connector.catalogue.events import EVENT_TYPES
from connector.platforms.documents import Package, no_address, no_loose_ends, read
from connector.platforms.rules import Rule

DOCUMENT: Final = "openapi.json"

_METHODS: Final = ("get", "post", "put", "patch", "delete")


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each operation with where it is: `GET /2025-09/actions`."""
    for part in ("paths", "webhooks"):
        for path, item in document[part].items():
            for method in _METHODS:
                if method in item:
                    yield f"{method.upper()} {path}", item[method]


def _own_ids(package: Package) -> Iterator[str]:
    told = _operations(read(package, DOCUMENT))
    names = Counter(operation.get("operationId") for _, operation in told)
    yield from (f"{name}: {count} times" for name, count in names.items() if count > 1)


def _told(package: Package) -> Iterator[str]:
    for place, operation in _operations(read(package, DOCUMENT)):
        yield from (f"{place}: no {key}" for key in ("summary", "tags") if not operation.get(key))


def _whole(package: Package) -> Iterator[str]:
    document = read(package, DOCUMENT)
    ids = {operation.get("operationId") for _, operation in _operations(document)}
    yield from (f"event type {each}" for each in EVENT_TYPES if each not in document["webhooks"])
    yield from (f"action {each}" for each in ACTION if each not in ids)


RULES: Final = (
    no_address("O001", DOCUMENT),
    Rule("O002", "Every operation has an id of its own.", _own_ids),
    Rule("O003", "Every operation says what it does, and which others it belongs to.", _told),
    Rule("O004", "All event types, actions and searches are there.", _whole),
    no_loose_ends("O005", DOCUMENT),
)
