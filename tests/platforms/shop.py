"""The operator's business in the demo's sandbox: what an action can be done to, over HTTP."""

from typing import Any

from laws.test_actions_in_sandbox import Shop
from platforms.account import Account

from connector.catalogue.actions.row import Call, Reply
from connector.catalogue.places import PLACES


class FarShop(Shop):
    """As the shop of the laws, in another process; acts as the operator itself."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def perform(self, call: Call) -> Reply:
        """Make a call to the sandbox; fails the test on any error."""
        body = self.account.stora(call.method, call.path, dict(call.json or {}) or None)
        return Reply(200, body)

    def all(self, resource: str) -> list[Any]:
        """Return all documents of a resource, oldest first."""
        place = PLACES[resource]
        return list(self.account.all(place.path, place.many))[::-1]
