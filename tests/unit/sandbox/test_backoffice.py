"""The page on which a person plays the business."""

import re
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox import Sandbox, backoffice, create_sandbox
from connector.sandbox.backoffice import MOST
from connector.sandbox.events import KIND

HOME = "http://localhost"


@pytest.fixture
def sandbox() -> Any:
    """A sandbox with the seeds' two operators."""
    made = create_sandbox(limits=False)
    yield made
    made.state.close()


def press(sandbox: Sandbox, path: str, status: int = 303, origin: str = HOME, **form: str) -> Any:
    """Send a form of the page; return where it leads."""
    answer = sandbox.test_client().post(path, data=form, headers={"Origin": origin})
    assert answer.status_code == status, answer.text
    return answer.headers.get("Location", "")


def told(sandbox: Sandbox) -> list[str]:
    """Return the types of all events of the first operator, oldest first."""
    return [body["event"]["type"] for body in sandbox.state.all(first(sandbox), KIND)]


def first(sandbox: Sandbox) -> str:
    """Return the id of the first operator."""
    return str(sandbox.test_client().get("/_sandbox/operators").json["operators"][0]["id"])


def some(sandbox: Sandbox, kind: str, status: str) -> str:
    """Return the id of something in a state."""
    found = [x for x in sandbox.state.all(first(sandbox), kind) if x["status"] == status]
    return str(found[0]["id"])


def test_the_page_shows_the_business(sandbox: Sandbox) -> None:
    """What can be done, who listens, what went out, and the dials."""
    page = sandbox.test_client().get("/")
    assert page.status_code == 200
    for title in ("Move someone in", "Events that went out", "Who listens", "Let things go wrong"):
        assert title in page.text


def test_no_page_asks_for_an_icon() -> None:
    """Each has an empty one, so that no browser looks for /favicon.ico."""
    pages = list(Path(str(backoffice.__file__)).parent.glob("templates/*.html"))
    assert len(pages) == 3
    for page in pages:
        assert '<link rel="icon" href="data:,">' in page.read_text()


def test_somebody_moves_in(sandbox: Sandbox) -> None:
    """With all the events that Stora would tell; also twice."""
    for _ in range(2):
        assert "told=" not in press(sandbox, "/backoffice/play", verb="move_in")
    events = told(sandbox)
    for event_type in ("contact.created", "order.completed", "tenancy.started", "unit.occupied"):
        assert events.count(event_type) == 2


def contracts(sandbox: Sandbox, operator: str) -> list[str]:
    """Return the ids of the contracts that the page offers to sign."""
    page = sandbox.test_client().get("/", query_string={"operator": operator}).text
    offered = [form for form in page.split("<form")[1:] if 'value="sign"' in form]
    return [id for form in offered for id in re.findall(r"ctr_[0-9a-f]+", form)]


def test_a_contract_can_be_signed_at_once(sandbox: Sandbox) -> None:
    """Each business has one that was sent and not signed; who moves in gets another."""
    for operator in sandbox.test_client().get("/_sandbox/operators").json["operators"]:
        waiting = contracts(sandbox, operator["id"])
        assert waiting
        form = {"operator": operator["id"], "verb": "sign", "id": waiting[0]}
        assert "told=" not in press(sandbox, "/backoffice/play", **form)
        assert waiting[0] not in contracts(sandbox, operator["id"])
    assert told(sandbox) == ["contract.signed"]
    before = contracts(sandbox, first(sandbox))
    press(sandbox, "/backoffice/play", verb="move_in")
    assert len(contracts(sandbox, first(sandbox))) == len(before) + 1


def test_everything_taken_is_told(sandbox: Sandbox) -> None:
    """When there is no unit left the page says so, and nothing half done stays."""
    while "told=" not in press(sandbox, "/backoffice/play", verb="move_in"):
        pass
    before = len(told(sandbox))
    location = press(sandbox, "/backoffice/play", verb="move_in")
    assert "Every+unit+is+taken" in location
    assert len(told(sandbox)) == before


def test_a_unit_is_overlocked_and_opened(sandbox: Sandbox) -> None:
    """By its row; both are seen."""
    unit = some(sandbox, "unit", "occupied")
    press(sandbox, "/backoffice/play", verb="overlock", id=unit)
    assert "unit.overlocked" in told(sandbox)
    press(sandbox, "/backoffice/play", verb="remove_overlock", id=unit)
    assert unit in {
        each["id"]
        for each in sandbox.state.all(first(sandbox), "unit")
        if each["status"] == "occupied"
    }


def test_an_invoice_is_paid(sandbox: Sandbox) -> None:
    """One press, one payment; the second is refused in words."""
    invoice = some(sandbox, "invoice", "open")
    assert "told=" not in press(sandbox, "/backoffice/play", verb="pay", id=invoice)
    assert told(sandbox).count("invoice.paid") == 1
    assert "told=" in press(sandbox, "/backoffice/play", verb="pay", id=invoice)


@pytest.mark.parametrize(
    "form",
    [{}, {"verb": "x"}, {"verb": "pay"}, {"verb": "pay", "id": "inv_x"}, {"verb": "overlock"}],
)
def test_a_form_that_says_nothing_changes_nothing(sandbox: Sandbox, form: dict[str, str]) -> None:
    """The page is shown again."""
    press(sandbox, "/backoffice/play", **form)
    assert told(sandbox) == []


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "http://localhost:1"])
def test_another_site_cannot_press(sandbox: Sandbox, origin: str) -> None:
    """Nothing happens, and no dial turns."""
    press(sandbox, "/backoffice/play", 403, origin, verb="move_in")
    press(sandbox, "/backoffice/faults", 403, origin, duplicate="3")
    assert told(sandbox) == []
    assert sandbox.faults.show() == {"api": [], "webhooks": []}


@pytest.mark.parametrize(
    ("text", "times"), [("3", 3), ("0", 0), ("x", 0), ("٣", 0), (str(MOST), MOST), ("21", MOST)]
)
def test_a_slider_sets_a_fault(sandbox: Sandbox, text: str, times: int) -> None:
    """As often as it says, 20 times at most; the page shows how many are left."""
    press(sandbox, "/backoffice/faults", duplicate=text)
    found = [each["times"] for each in sandbox.faults.show()["webhooks"]]
    assert found == ([times] if times else [])


def test_names_are_text(sandbox: Sandbox) -> None:
    """What a person is called cannot become markup."""
    operator = first(sandbox)
    contact = sandbox.state.all(operator, "contact")[0]
    evil = "<script>alert(1)</script>"
    lead = {**contact, "full_name": evil, "status": "lead"}
    sandbox.state.put(operator, "contact", contact["id"], lead)
    page = sandbox.test_client().get(f"/?told={evil}").text
    assert evil not in page
    assert "&lt;script&gt;" in page


def test_the_page_tells_what_became_of_an_event(sandbox: Sandbox) -> None:
    """One word for all webhook endpoints with which it came to the same, and with how many; or
    that nobody listens.
    """
    client = sandbox.test_client()
    token = client.get("/_sandbox/operators").json["operators"][0]["token"]
    body = {
        "name": "Coupons",
        "api_version": "2025-09",
        "url": "https://example.com/hook",
        "event_types": ["coupon.created"],
    }
    headers = {"Authorization": f"Bearer {token}"}
    for became in ("nobody listens", "pending", "pending × 2"):
        press(sandbox, "/backoffice/play", verb="add_coupon")
        assert newest_event(client.get("/").text) == became
        made = client.post("/2025-09/webhook_endpoints", json=body, headers=headers)
        assert made.status_code == 201
    assert "https://example.com/hook" in client.get("/").text


def newest_event(page: str) -> str:
    """Return what a page says became of the newest event."""
    row = page.partition("Events that went out")[2].partition("</tr>")[0]
    return re.sub("<[^>]*>", "", row.rpartition("<td>")[2]).strip()
