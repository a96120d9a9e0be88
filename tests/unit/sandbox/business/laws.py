"""What the laws of the business ask of every document, and the tables they loop over."""

import json
from typing import Any

import pytest

from connector.catalogue.fields import List, Reference
from connector.catalogue.places import PLACES
from connector.sandbox.business.kinds import SCHEMAS, fields_of
from connector.sandbox.business.plays import PLAYS
from connector.sandbox.business.writes import WRITES

UNKNOWN = "x_0000000000000000"

every_write = pytest.mark.parametrize("key", [f"{row.method} {row.path}" for row in WRITES])
every_play = pytest.mark.parametrize(
    "key", [f"{row.verb} {row.on}" if row.on else row.verb for row in PLAYS]
)
every_kind = pytest.mark.parametrize(
    "kind", [kind for kind in PLACES if kind != "webhook_endpoint"]
)


def round_trips(kind: str, document: Any) -> bool:
    """Say whether the catalogue's schema reads and writes a document without changing it."""
    schema = SCHEMAS[kind]()
    texts = {
        json.dumps(each, sort_keys=True) for each in (document, schema.dump(schema.load(document)))
    }
    return len(texts) == 1


def references(kind: str, document: Any) -> list[tuple[tuple[str, ...], str]]:
    """Return what a document refers to: the kinds that it may be, and its id."""
    found = []
    for key, field in fields_of(kind).items():
        inner = field.inner if isinstance(field, List) else field
        if isinstance(inner, Reference) and document[key]:
            values = document[key] if isinstance(document[key], list) else [document[key]]
            found += [(inner.resources, value["id"]) for value in values]
    return found


def weakened(sandbox: Any, *missing: str) -> str:
    """Return a token of harbour with all scopes but `missing`."""
    token = sandbox.access.find("harbour-token")
    scopes = [scope for scope in token["scopes"] if scope not in missing]
    assert len(scopes) == len(token["scopes"]) - len(missing)
    sandbox.access.keep_token({**token, "token": "weak", "scopes": scopes})
    return "weak"
