"""The BackOffice: a page on which a person plays the business and watches the events go out.

Move somebody in, let them sign and pay, lock them out: what a button does is what Stora would do,
with the same events. Sliders make the next calls and webhooks go wrong. The page takes no sign-in,
like all of the sandbox, so its forms are taken only from the page itself.
"""

from collections.abc import Mapping
from typing import Final, get_args
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from connector import world
from connector.errors import Conflict, Forbidden, UnitwireError
from connector.sandbox import deliveries, events
from connector.sandbox.access import Access
from connector.sandbox.business import orders, renting, units
from connector.sandbox.business.books import Books
from connector.sandbox.business.plays import perform
from connector.sandbox.events import KIND as EVENT
from connector.sandbox.faults import ApiFault, ApiKind, WebhookFault, WebhookKind
from connector.sandbox.gate import Gate
from connector.sandbox.state import HOUSE, Document
from connector.sandbox.webhook_endpoints import KIND as ENDPOINT

SHOWN = 6  # of each kind, the newest
LATEST = 14  # events
MOST = 20  # times that a slider can ask for

# What can be done to a thing in a state: the kind, the state, and verbs with their labels.
DEEDS: Final = (
    ("invoice", "draft", (("finalize", "Send it"),)),
    ("invoice", "open", (("pay", "Let them pay"), ("mark_uncollectible", "Give up on it"))),
    ("contract", "pending", (("sign", "Let them sign"),)),
    ("unit", "occupied", (("overlock", "Overlock"),)),
    ("unit", "overlocked", (("remove_overlock", "Remove the overlock"),)),
    ("unit", "available", (("make_unavailable", "Take out of use"),)),
    ("unit", "unavailable", (("make_available", "Back into use"),)),
    ("contact", "lead", (("verify", "Check identity"),)),
    ("identity_verification", "processing", (("succeed", "It is genuine"), ("fail", "It is not"))),
)
PEOPLE: Final = ("Amara Okafor", "Ben Fletcher", "Chiara Rossi", "Dev Sharma", "Elin Berg")


def blueprint(access: Access, gate: Gate) -> Blueprint:
    """Return the page and what its buttons do."""
    page = Blueprint("backoffice", __name__)
    state = access.state

    def operator_in(given: Mapping[str, str]) -> Document:
        """Return the operator named by id, the first one by default."""
        known = state.all(HOUSE, "operator")
        return next((each for each in known if each["id"] == given.get("operator")), known[0])

    def books_of(operator: Document) -> Books:
        def tell(event_type: str, data: Document) -> None:
            events.emit(state, gate.faults, operator["id"], event_type, [data])

        return Books(state, operator["id"], state.all(operator["id"], "staff")[0]["id"], tell)

    @page.get("/")
    def show() -> str:
        operator = operator_in(request.args)
        found = books_of(operator)
        rows = [
            {
                "kind": kind,
                "id": each["id"],
                "name": name_of(found, kind, each),
                "status": status,
                "deeds": deeds,
            }
            for kind, status, deeds in DEEDS
            for each in [x for x in found.all(kind) if x.get("status") == status][-SHOWN:]
        ]
        spent = gate.faults.show()
        left = {each["kind"]: each["times"] for each in (*spent["api"], *spent["webhooks"])}
        return render_template(
            "backoffice.html",
            operators=state.all(HOUSE, "operator"),
            operator=operator,
            rows=rows,
            endpoints=state.all(operator["id"], ENDPOINT),
            events=[body["event"] for body in state.newest(operator["id"], EVENT, LATEST)],
            outcomes=outcomes(deliveries.log(state, 5 * LATEST)),
            faults=[(kind, left.get(kind, 0)) for kind in get_args(ApiKind)],
            webhook_faults=[(kind, left.get(kind, 0)) for kind in get_args(WebhookKind)],
            most=MOST,
            told=request.args.get("told", "")[:200],
        )

    @page.post("/backoffice/play")
    def play() -> Response:
        only_from_here()
        given = request.form
        operator = operator_in(given)
        told = ""
        try:
            with state.transaction():
                do(books_of(operator), given.get("verb", ""), given.get("id") or None)
        except UnitwireError as refused:
            told = refused.message
        return back(operator, told)

    @page.post("/backoffice/faults")
    def set_faults() -> Response:
        only_from_here()
        given = request.form
        gate.faults.set(
            [ApiFault(kind, n) for kind in get_args(ApiKind) if (n := times(given, kind))],
            [WebhookFault(kind, n) for kind in get_args(WebhookKind) if (n := times(given, kind))],
        )
        return back(operator_in(given), "")

    return page


def do(books: Books, verb: str, id: str | None) -> None:
    """Do what a button says; raises what the business refuses with."""
    match verb:
        case "move_in":
            move_in(books)
        case "overlock" | "remove_overlock":
            unit = books.get("unit", id or "")
            if unit["unit_allocation"] is None:
                raise Conflict("Nobody has this unit any more.")
            tenancy = books.follow(books.follow(unit, "unit_allocation"), "tenancy")
            lock = units.overlock if verb == "overlock" else units.remove_overlock
            lock(books, {}, {"contact_id": tenancy["contact"]["id"]})
        case _:
            perform(books, verb, id)


def move_in(books: Books) -> None:
    """Let somebody new book the first kind of unit that is free, pay, and move in now.

    The contract is sent, and is still to be signed.
    """
    free = [each for each in books.all("unit_type") if orders.available_units(books, each["id"])]
    if not free:
        raise Conflict("Every unit is taken. Move somebody out first, or build one.")
    name = PEOPLE[len(books.all("contact")) % len(PEOPLE)]
    first, last = name.split()
    mail = f"{first}.{last}.{world.new_token()[:6]}@example.com".lower()
    wanted = orders.NEW_ORDER.load(
        {
            "site": {"id": free[0]["site"]["id"]},
            "contact": {"full_name": name, "email": mail},
            "contract_template": {"id": books.all("contract_template")[0]["id"]},
            "billing_period": "monthly",
            "starts_at": "now",
            "line_items": [{"type": "unit_type", "item": {"id": free[0]["id"]}, "quantity": 1}],
            "finalize": {"cancel_redirect_url": "https://example.com/"},
        }
    )
    renting.complete(books, orders.add(books, {}, wanted), {})


def name_of(books: Books, kind: str, document: Document) -> str:
    """Return what a person calls a thing."""
    own = document.get("number") or document.get("reference_id") or document.get("full_name")
    if kind == "unit" and document.get("unit_allocation"):
        tenancy = books.follow(books.follow(document, "unit_allocation"), "tenancy")
        return f"{own} · {books.follow(tenancy, 'contact')['full_name']}"
    if document.get("contact"):
        whose = str(books.follow(document, "contact")["full_name"])
        return f"{own} · {whose}" if own else whose
    return str(own or document.get("name") or document["id"])


def outcomes(log: list[dict[str, object]]) -> dict[str, list[str]]:
    """Return what became of each event, one word for each webhook endpoint that it went to."""
    found: dict[str, list[str]] = {}
    for each in log:
        found.setdefault(str(each["event_id"]), []).append(str(each["status"]))
    return found


def times(given: Mapping[str, str], kind: str) -> int:
    """Return how often a slider asks for a fault."""
    text = given.get(kind, "")
    return min(int(text), MOST) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def only_from_here() -> None:
    """Refuse a form that another site sent; every browser says where a form comes from."""
    origin = request.headers.get("Origin", "")
    if origin != request.host_url.rstrip("/"):
        raise Forbidden("This form was not sent by the sandbox's own page.")


def back(operator: Document, told: str) -> Response:
    """Show the page again, and what was refused."""
    query = {"operator": operator["id"], **({"told": told} if told else {})}
    return Response(status=303, headers={"Location": f"/?{urlencode(query)}"})
