"""Relations written out: `expand=contact,line_items.item` (Stora page: guides/responses).

A comma list of ways, with dots for what lies deeper. Each resource on the way needs its own read
scope. What was deleted stays an id.
"""

from typing import Any, cast

from marshmallow import Schema, fields

from connector.catalogue.fields import List, Object, Reference
from connector.catalogue.places import scope
from connector.dialect.body import one, url_fault
from connector.errors import Forbidden
from connector.sandbox.access import Access, Caller
from connector.sandbox.business.books import Books
from connector.sandbox.business.kinds import SCHEMAS
from connector.sandbox.query import Query
from connector.sandbox.state import Document
from connector.sandbox.webhook_endpoints import CREATOR_SCOPES

Tree = dict[str, Any]  # what is to be expanded, and below it what lies deeper

MAX_EXPAND = 500
# A line of an order is a part of it; whoever may read the order may read its lines.
_PART_OF = {"order_line_item": "order"}


class Expander:
    """Writes out what one caller asks for in one call."""

    def __init__(self, books: Books, access: Access, caller: Caller, kind: str, query: Query):
        """Raise `InvalidUrlParam` for a way that leads nowhere, `Forbidden` for a closed one."""
        self.books = books
        self.access = access
        self.caller = caller
        self.kind = kind
        self.tree = _tree(query)
        self._check(self.tree, SCHEMAS[kind]())

    def show(self, document: Document) -> Document:
        """Return `document` with what was asked for written out."""
        return self._expand(document, self.tree, SCHEMAS[self.kind]())

    def _check(self, tree: Tree, schema: Schema) -> None:
        for key, deeper in tree.items():
            field = _field(schema, key)
            match field:
                case Reference(resources=(resource,)):
                    self._require(resource)
                    self._check(deeper, SCHEMAS[resource]())
                case Reference() if not deeper:
                    pass  # of several kinds: which scope it needs shows when it is found
                case Object():
                    self._check(deeper, field.schema)
                case _:
                    raise _nowhere(key)

    def _expand(self, document: Document, tree: Tree, schema: Schema) -> Document:
        shown = dict(document)
        for key, deeper in tree.items():
            field, value = _field(schema, key), document.get(key)
            if isinstance(value, list):
                shown[key] = [self._written_out(field, each, deeper) for each in value]
            elif value is not None:
                shown[key] = self._written_out(field, value, deeper)
        return shown

    def _written_out(self, field: fields.Field[Any], value: Document, deeper: Tree) -> Document:
        if not isinstance(field, Reference):  # then it is an object: `_check` let nothing else in
            return self._expand(value, deeper, cast(Object, field).schema)
        for kind in field.resources:
            if kind in SCHEMAS and (found := self.books.find(kind, value["id"])):
                self._require(kind)
                return self._expand(found, deeper, SCHEMAS[kind]())
        creator_scope = CREATOR_SCOPES.get(value["id"].partition("_")[0])
        if creator_scope is None:
            return value
        self._require_scope(creator_scope)
        return value | {"name": self.access.name_of(value["id"])}

    def _require(self, kind: str) -> None:
        self._require_scope(scope(_PART_OF.get(kind, kind), "read"))

    def _require_scope(self, needed: str) -> None:
        if needed not in self.caller.scopes:
            raise Forbidden(f"Expanding needs the scope {needed}.")


def _tree(query: Query) -> Tree:
    text = one(query, "expand")
    if text is None:
        return {}
    if len(text) > MAX_EXPAND:
        raise url_fault("expand", f"is longer than {MAX_EXPAND} characters")
    tree: Tree = {}
    for way in text.split(","):
        place = tree
        for key in way.split("."):
            place = place.setdefault(key, {})
    return tree


def _field(schema: Schema, key: str) -> fields.Field[Any]:
    """Return the field, or the field of the items when it is a list."""
    field = schema.fields.get(key)
    if field is None:
        raise _nowhere(key)
    return field.inner if isinstance(field, List) else field


def _nowhere(key: str) -> Exception:
    return url_fault("expand", f"leads nowhere: {key} cannot be expanded")
