"""What a package asks an operator to allow: no more than what is in it needs."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from connector.catalogue.actions.row import Action
from connector.catalogue.describe import Field, describe
from connector.catalogue.picklists import PICKLISTS, Picklist
from connector.catalogue.places import PLACES

AUTHORIZE: Final = "/oauth2/authorize"
TOKEN: Final = "/oauth2/token"  # noqa: S105 - an address
TOKEN_INFO: Final = "/oauth2/token/info"  # noqa: S105 - an address
"""Unitwire's OAuth addresses, below an installation's own (RFC 6749)."""


def picklists_for(actions: Iterable[Action]) -> tuple[Picklist, ...]:
    """Return the picklists that fields of `actions` are filled from, in the catalogue's order."""
    used = {field.picklist for action in actions for field in _fields(describe(action.input))}
    return tuple(row for row in PICKLISTS if row.name in used)


def _fields(form: Iterable[Field]) -> Iterator[Field]:
    for field in form:
        yield field
        yield from _fields(field.children)


def scopes_for(actions: Sequence[Action]) -> tuple[str, ...]:
    """Return the scopes to listen to events, to carry out `actions` and to fill in their fields."""
    listen = PLACES["webhook_endpoint"]
    return tuple(
        sorted(
            {listen.scope("read"), listen.scope("write")}
            | {row.scope for row in picklists_for(actions)}
            | {scope for action in actions for scope in action.scopes}
        )
    )
