"""Actions over HTTP: told, carried out, refused in terms of the form."""

from collections.abc import Callable
from typing import Any

import pytest
from acting import JANE, books, break_down, first, named
from broker import Broker
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from sqlalchemy import update
from werkzeug.test import TestResponse

from connector.catalogue.actions import ACTION, ACTIONS
from connector.catalogue.scopes import SCOPES
from connector.factory import app_of
from connector.flows import act
from connector.store.tables import connections

Ask = Callable[..., TestResponse]
RUN_HEADERS = ("Idempotency-Key", "Unitwire-Run-Id", "Unitwire-Workflow-Id")


@pytest.fixture
def app(broker: Broker) -> Flask:
    """The web app between the sandbox and its builders."""
    return app_of(broker.parts)


@pytest.fixture
def ask(broker: Broker, client: FlaskClient) -> Ask:
    """Return a function that calls the API with a token that may do everything."""
    token = broker.personal_token(" ".join(SCOPES))

    def call(method: str, path: str, *, token: str = token, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        return client.open(f"/2025-09{path}", method=method, headers=headers, **options)

    return call


def error(response: TestResponse) -> Any:
    """Return the error object."""
    return (response.json or {})["error"]


# ---- telling -----------------------------------------------------------------------------------


def test_actions_are_listed(ask: Ask) -> None:
    """All of them, in their order, with what a form is made from."""
    response = ask("GET", "/actions")
    assert response.status_code == 200
    found = response.json["actions"]
    assert [each["key"] for each in found] == [action.key for action in ACTIONS]
    assert all(
        {"key", "label", "kind", "help", "scope", "input", "output"} <= set(each) for each in found
    )
    assert set(response.json["meta"]) == {"request_id", "curies"}


def test_actions_are_filtered(ask: Ask) -> None:
    """By kind, by words, by both; a kind that does not exist is refused."""
    kinds = {each["kind"] for each in ask("GET", "/actions?kind=search").json["actions"]}
    assert kinds == {"search"}
    found = ask("GET", "/actions?q=CREATE contact&kind=action").json["actions"]
    assert [each["key"] for each in found] == [
        "create_contact",
        "find_or_create_contact",
        "create_deal",
    ]
    response = ask("GET", "/actions?kind=trigger")
    assert response.status_code == 422
    assert error(response)["details"][0]["pointer"] == "/kind"


def test_one_action_is_shown(ask: Ask) -> None:
    """By its key; an unknown key is a 404, for showing and for running."""
    assert ask("GET", "/actions/win_deal").json["action"]["label"] == "Win deal"
    assert ask("GET", "/actions/no_such").status_code == 404
    assert ask("POST", "/actions/no_such", json={}).status_code == 404


# ---- running -----------------------------------------------------------------------------------


def test_an_action_is_carried_out(broker: Broker, ask: Ask) -> None:
    """The answer is Stora's envelope, flat fields, curies, and how the timeline stands."""
    response = ask("POST", "/actions/create_contact", json=JANE)
    assert response.status_code == 200
    (contact,) = named(broker)
    assert response.json["contact"] == contact
    assert response.json["flat"]["contact_id"] == contact["id"]
    meta = response.json["meta"]
    assert meta["timeline"] == {"status": "pending"}
    assert {each["name"] for each in meta["curies"]} == {"bo", "sf"}
    assert meta["request_id"]


def test_a_search_has_no_timeline(broker: Broker, ask: Ask) -> None:
    """Results are arrays; nothing found is an empty one."""
    email = books(broker, "contact")[0]["email"]
    found = ask("POST", "/actions/find_contact", json={"email": email}).json
    assert [each["email"] for each in found["contacts"]] == [email]
    assert "timeline" not in found["meta"]
    none = ask("POST", "/actions/find_contact", json={"email": "nobody@example.com"})
    assert (none.status_code, none.json["contacts"]) == (200, [])


def test_a_file_comes_in_base64(broker: Broker, ask: Ask) -> None:
    """An invoice as PDF, from Stora through Unitwire."""
    invoice = books(broker, "invoice")[0]["id"]
    response = ask("POST", "/actions/get_invoice_pdf", json={"invoice_id": invoice})
    (file,) = response.json["files"]
    assert file["content_type"] == "application/pdf"
    assert file["content"].startswith("JVBERi0")  # %PDF- in base64
    assert file["name"].endswith(".pdf")


def test_a_key_makes_it_happen_once(broker: Broker, ask: Ask) -> None:
    """The same key, or the same run id, is answered the same and done once."""
    for header in ("Idempotency-Key", "Unitwire-Run-Id"):
        body = JANE | {"email": f"{header.lower()}@example.com"}
        one, two = (
            ask("POST", "/actions/create_contact", json=body, headers={header: "1"})
            for _ in range(2)
        )
        assert one.status_code == two.status_code == 200
        assert one.json["contact"] == two.json["contact"]
        assert len(named(broker, body["email"])) == 1


@pytest.mark.parametrize("header", RUN_HEADERS)
@pytest.mark.parametrize(("length", "status"), [(255, 200), (256, 400)])
def test_headers_have_a_limit(ask: Ask, header: str, length: int, status: int) -> None:
    """255 characters, not one more."""
    response = ask("POST", "/actions/create_contact", json=JANE, headers={header: "x" * length})
    assert response.status_code == status


@pytest.mark.parametrize("header", RUN_HEADERS)
@pytest.mark.parametrize("value", ["", "a b", "é", "a\tb"])
def test_odd_headers_are_refused(broker: Broker, ask: Ask, header: str, value: str) -> None:
    """A key that two sides could read differently is none; nothing is done."""
    response = ask("POST", "/actions/create_contact", json=JANE, headers={header: value})
    assert response.status_code == 400
    assert header in error(response)["message"]
    assert named(broker) == []


@pytest.mark.parametrize(
    ("name", "status"),
    [("New%20lead%20%E2%86%92%20Stora", 200), ("x" * 255, 200), ("x" * 256, 400), ("a%00b", 400)],
)
def test_a_workflow_has_a_name(ask: Ask, name: str, status: int) -> None:
    """Percent-encoded UTF-8 of up to 255 characters that can be shown."""
    headers = {"Unitwire-Workflow-Name": name}
    response = ask("POST", "/actions/create_contact", json=JANE, headers=headers)
    assert response.status_code == status


# ---- refusing ----------------------------------------------------------------------------------


def test_a_token_is_needed(ask: Ask) -> None:
    """For telling as for running."""
    for method, path in (
        ("GET", "/actions"),
        ("GET", "/actions/win_deal"),
        ("POST", "/actions/win_deal"),
    ):
        response = ask(method, path, token="nobodys-token", json={})
        assert response.status_code == 401
        assert error(response)["code"] == "invalid_token"


def test_the_scope_is_needed_first(broker: Broker, ask: Ask) -> None:
    """Whoever may not do it learns the scope, not the faults of the input."""
    token = broker.personal_token("public.contact:read")
    response = ask("POST", "/actions/create_contact", token=token, json={"nonsense": 1})
    assert response.status_code == 403
    assert "public.contact:write" in error(response)["message"]


def test_the_scope_of_the_input_is_needed(broker: Broker, ask: Ask) -> None:
    """A free call needs the scope of the path it names."""
    token = broker.personal_token("public.contact:read")
    free = {"method": "GET", "path": "/contacts"}
    assert ask("POST", "/actions/call_stora_api", token=token, json=free).status_code == 200
    other = free | {"path": "/invoices"}
    response = ask("POST", "/actions/call_stora_api", token=token, json=other)
    assert response.status_code == 403
    assert "public.invoice:read" in error(response)["message"]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b"{", 400, None),
        (b"[]", 422, ""),
        (b'{"email": "a@example.com", "email": "b@example.com"}', 400, None),
        (b'{"email": "jane@example.com"}', 422, "/full_name"),
        (b'{"email": "nobody", "full_name": "J"}', 422, "/email"),
        (b'{"email": "jane@example.com", "full_name": "J", "more": 1}', 422, "/more"),
    ],
)
def test_bad_input_is_refused_at_its_field(
    broker: Broker, ask: Ask, body: bytes, status: int, pointer: str | None
) -> None:
    """A JSON pointer into the form, and nothing is created."""
    response = ask("POST", "/actions/create_contact", data=body, content_type="application/json")
    assert response.status_code == status
    if pointer is not None:
        assert [each["pointer"] for each in error(response)["details"]] == [pointer]
    assert broker.stora.calls("POST") == []


def test_storas_refusal_names_the_field(broker: Broker, ask: Ask) -> None:
    """What Stora calls `/site/id` is `/site_id` here, and the message has the field's label."""
    contact = first(broker, "contact")
    body = {"name": "D", "contact_id": contact, "site_id": "site_none"}
    response = ask("POST", "/actions/create_deal", json=body)
    assert response.status_code in (404, 422)
    assert [each["pointer"] for each in error(response)["details"]] == ["/site_id"]


def test_a_lost_outcome_says_look_first(
    broker: Broker, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """504 and no Retry-After, so that no builder repeats it by itself."""
    path = "/2025-09/units/overlock"
    break_down(broker, "lost_answer", path=path)
    contact = first(broker, "contact")
    response = ask("POST", "/actions/overlock_units", json={"contact_id": contact})
    assert response.status_code == 504
    assert error(response)["code"] == "outcome_unknown"
    assert "Retry-After" not in response.headers
    monkeypatch.setattr(act, "PAUSES_S", ())
    break_down(broker, "lost_answer")
    headers = {"Idempotency-Key": "k"}
    response = ask("POST", "/actions/create_contact", json=JANE, headers=headers)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0


def test_an_ended_connection_links_to_its_mend(broker: Broker, ask: Ask) -> None:
    """401, with the page where Stora is connected again, for people and for programs."""
    with broker.parts.store.begin() as c:
        c.execute(update(connections).values(status="needs_reauth"))
    response = ask("POST", "/actions/create_contact", json=JANE)
    assert response.status_code == 401
    assert error(response)["code"] == "needs_reauth"
    links = {each["kind"]: each["url"] for each in error(response)["links"]}
    assert links["connect"].endswith("/connect")
    assert links["connect"] in error(response)["message"]


def test_a_strangers_id_looks_unknown(broker: Broker, ask: Ask) -> None:
    """What belongs to another operator does not exist."""
    theirs = str(books(broker, "deal", operator=1)[0]["id"])
    response = ask("POST", "/actions/win_deal", json={"deal_id": theirs})
    assert response.status_code == 404
    assert error(response)["details"][0]["pointer"] == "/deal_id"


# ---- the document ------------------------------------------------------------------------------


def test_every_action_is_in_the_contract(client: FlaskClient) -> None:
    """A path for each, with its own input and an example; the document is valid."""
    document = client.get("/openapi.json").json
    validate(document)
    for action in ACTION.values():
        told = document["paths"][f"/2025-09/actions/{action.key}"]["post"]
        assert told["summary"] == action.label
        content = told["requestBody"]["content"]["application/json"]
        assert content["schema"]["additionalProperties"] is False
        assert set(content["example"]) <= set(content["schema"]["properties"])
        names = {each["name"] for each in told["parameters"]}
        assert ("Idempotency-Key" in names) is (action.repeat != "read")
    assert "/2025-09/actions/{key}" in document["paths"]
    assert "post" not in document["paths"]["/2025-09/actions/{key}"]
