"""One operator's hands in its business, through the HTTP surface."""

from collections.abc import Callable
from typing import Any

from connector.sandbox import Sandbox

SOON = "2999-03-01T09:00:00Z"  # long after every test
FINALIZE = {"cancel_redirect_url": "https://portal.example.com/orders/cancelled"}


def to(document: Any) -> dict[str, str]:
    """Return a reference to a document."""
    return {"id": document["id"]}


class Shop:
    """One operator's business, through the HTTP surface; and what lies in its books."""

    def __init__(self, sandbox: Sandbox, operator: str = "harbour") -> None:
        self.sandbox = sandbox
        self.operator = operator
        self.client = sandbox.test_client()
        self.bearer = {"Authorization": f"Bearer {operator}-token"}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call the API as this operator's own token."""
        return self.client.open(
            f"/2025-09{path}", method=method, json=body, headers=self.bearer | headers
        )

    def done(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API, see that it worked, and return what came, without `meta`."""
        response = self.call(method, path, body)
        assert response.status_code in (200, 201), response.text
        [name] = set(response.json) - {"meta"}
        return response.json[name]

    def refused(self, method: str, path: str, body: Any, status: int) -> Any:
        """Call the API, see that it refused and told nobody, and return the error."""
        before = self.documents()
        response = self.call(method, path, body)
        assert response.status_code == status, response.text
        assert self.documents() == before
        return response.json["error"]

    def refused_with(self, path: str, status: int, **headers: str) -> Any:
        """Read with these headers, see that it is refused, and return the error."""
        response = self.call("GET", path, **headers)
        assert response.status_code == status, response.text
        return response.json["error"]

    def pointers(self, method: str, path: str, body: Any) -> list[str]:
        """Return the pointers of the faults for which a body is refused."""
        error = self.refused(method, path, body, 422)
        assert error["code"] == "invalid_content"
        return [detail["pointer"] for detail in error["details"]]

    def play(self, verb: str, id: str | None = None, status: int = 201) -> Any:
        """Do what only people do."""
        body = {"verb": verb, "operator": self.operator} | ({"id": id} if id else {})
        response = self.client.post("/_sandbox/play", json=body)
        assert response.status_code == status, response.text
        return response.json

    def told(self, work: Callable[[], object]) -> list[str]:
        """Do some work and return the types of the events that it told, in their order."""
        before = len(self.sandbox.state.all(self.operator, "event"))
        work()
        events = self.sandbox.state.all(self.operator, "event")[before:]
        return [body["event"]["type"] for body in events]

    def all(self, kind: str) -> list[Any]:
        """Return all documents of a kind, oldest first."""
        return self.sandbox.state.all(self.operator, kind)

    def get(self, kind: str, id: str) -> Any:
        """Return a document as it is now."""
        return self.sandbox.state.get(self.operator, kind, id)

    def one(self, kind: str, **values: object) -> Any:
        """Return the first document of a kind that has these values."""
        return next(each for each in self.all(kind) if values.items() <= each.items())

    def documents(self) -> list[Any]:
        """Return everything that is remembered, to see whether anything was made or changed."""
        return self.sandbox.state.query(
            "SELECT operator, kind, id, json FROM objects WHERE kind != 'answer' ORDER BY seq"
        )

    # ---- things that the seeds do not have -------------------------------------------------------

    def ready_order(self, **changes: Any) -> Any:
        """Draft an order that can be finalized; it begins long after the test."""
        kind = self.one("unit_type", name="Locker")
        body = {
            "site": kind["site"],
            "contact": to(self.all("contact")[-1]),
            "billing_period": "monthly",
            "starts_at": SOON,
            "contract_template": to(self.one("contract_template")),
            "line_items": [{"type": "unit_type", "item": to(kind)}],
        }
        return self.done("POST", "/orders", body | changes)

    def finalized_order(self, **changes: Any) -> Any:
        """Return an order that waits for the customer to pay."""
        return self.ready_order(finalize=FINALIZE, **changes)

    def new_contact(self, email: str = "mira@example.com") -> Any:
        """Return somebody who has nothing to do with anything yet."""
        return self.done("POST", "/contacts", {"email": email, "full_name": "Mira Stone"})
