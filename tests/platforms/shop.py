"""The operator's business in the demo's sandbox: what an action can be done to, over HTTP."""

from typing import Any

from laws.test_actions_in_sandbox import LATER, Shop
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

    def order(self) -> str:
        """Draft an order that can be finalized, of a kind of unit that others have left over."""
        unit = next(each for each in self.all("unit") if each["status"] == "available")
        order = self.do(
            "create_order",
            site_id=unit["site"]["id"],
            contact_id=self.all("contact")[-1]["id"],
            billing_period="monthly",
            starts_at=LATER,
            contract_template_id=self.id("contract_template"),
            line_items=[{"type": "unit_type", "item_id": unit["unit_type"]["id"], "quantity": 1}],
        )
        return str(order.body["flat"]["order_id"])
