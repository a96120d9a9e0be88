"""What a package asks an operator to allow: no more than what is in it needs."""

from collections.abc import Iterable
from typing import Final

from connector.catalogue.actions.row import Action
from connector.catalogue.picklists import PICKLISTS
from connector.catalogue.places import PLACES

AUTHORIZE: Final = "/oauth2/authorize"
TOKEN: Final = "/oauth2/token"  # noqa: S105 - an address
TOKEN_INFO: Final = "/oauth2/token/info"  # noqa: S105 - an address
"""Unitwire's OAuth addresses, below an installation's own (RFC 6749)."""


def scopes_for(actions: Iterable[Action]) -> tuple[str, ...]:
    """Return the scopes to listen to events, to carry out `actions` and to fill in their fields."""
    listen = PLACES["webhook_endpoint"]
    return tuple(
        sorted(
            {listen.scope("read"), listen.scope("write")}
            | {row.scope for row in PICKLISTS}
            | {scope for action in actions for scope in action.scopes}
        )
    )
