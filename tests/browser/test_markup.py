"""Texts of others in a real browser: shown as they are, whatever they hold."""

from typing import Any

import stage
from playwright.sync_api import expect
from sqlalchemy import insert, update

from benchmarks import seed
from connector.catalogue.filters import Clause, write_clauses
from connector.store.tables import clients, webhook_endpoints

EVIL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "'-alert(1)-'",
    "</textarea></title></style><script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "\u202eevil",
)


def test_markup_of_others_is_text(shown: Any, open_window: Any) -> None:
    """In every name, description, payload and answer: shown as it is, nothing runs."""
    connection_id = stage.connect(shown.parts, "conn_evil", operator=EVIL[0])
    for number, evil in enumerate(EVIL):
        stage.listen(
            shown.parts,
            f"we_e{number}",
            connection_id=connection_id,
            name=evil,
            description=evil,
            external_id=f"{evil}{number}",
            source=evil,
        )
        event = {"connection_id": connection_id, "endpoint_id": f"we_e{number}"}
        seed.write(shown.parts, [evil_delivery(event, number, evil)])
        with shown.parts.store.begin() as c:
            c.execute(insert(clients).values(evil_client(number, evil)))
            clauses = write_clauses([Clause("invoice.number", "is", (evil,))])
            mine = webhook_endpoints.c.id == f"we_e{number}"
            c.execute(update(webhook_endpoints).where(mine).values(filter=clauses))
    window = open_window(shown.origin, shown.cookie(connection_id))
    for path in (
        *("/", "/workflows", "/deliveries", "/start", "/account", "/account/changes"),
        *("/clients", "/replays/new"),
    ):
        page = window.open(path)
    page = window.open("/workflows")
    for evil in EVIL:
        assert page.get_by_text(evil, exact=True).count() >= 1, evil
    for number, evil in enumerate(EVIL):
        for path in (f"/workflows/we_e{number}", f"/clients/app_e{number}"):
            assert evil in window.open(path).locator("main").inner_text(), path
        page = window.open(f"/deliveries/{delivery_id(number)}")
        answer = page.get_by_label("What attempt 1 was answered")
        answer.evaluate("each => { each.closest('details').open = true; }")
        assert evil in answer.inner_text()
        assert evil in page.get_by_label("What Stora sent").inner_text()
        page.goto(f"{shown.origin}/why?id={evil}")
        page.goto(f"{shown.origin}/deliveries?q={evil}")
        page = window.open(f"/workflows/we_e{number}/filter")
        expect(page.get_by_label("Value, or several with commas").first).to_have_value(evil)
    assert window.dialogs == []
    assert [each for each in window.faults if "(NOT FOUND)" not in each] == []


def evil_client(number: int, evil: str) -> dict[str, Any]:
    """Return the row of a client whose every text is `evil`."""
    texts = dict.fromkeys(("platform", "name", "redirect_uris", "scopes"), evil)
    return {"id": f"app_e{number}", "created_at": number} | texts


def delivery_id(number: int) -> str:
    """Return the id of the delivery that belongs to a text."""
    return f"dlv_{1_700_000_000_000 + number:012x}{number:012x}"


def evil_delivery(keys: dict[str, str], number: int, evil: str) -> tuple[dict[str, Any], ...]:
    """Return the rows of a delivery whose every text is `evil`."""
    at, id = 1_700_000_000_000 + number, delivery_id(number)
    event = {
        "id": f"evt_{number}",
        "type": "invoice.paid",
        "occurred_at": "2026-01-01T00:00:00Z",
        "received_at": at,
        "body": evil.encode(),
        "delivery_id": id,
    }
    row = {
        "id": id,
        "event_id": f"evt_{number}",
        "event_type": "invoice.paid",
        "status": "dead",
        "reason": evil,
        "due": None,
        "attempts": 1,
        "last_status": 500,
        "created_at": at,
        "give_up_at": at,
        "finished_at": at,
    }
    attempt = {
        "connection_id": keys["connection_id"],
        "delivery_id": id,
        "number": 1,
        "started_at": at,
        "duration_ms": 5,
        "status": 500,
        "error": "",
        "answer_head": f"HTTP/1.1 500 {evil}\r\nServer: {evil}\r\n".encode(),
        "answer": evil.encode(),
    }
    return keys | event, keys | row, attempt
