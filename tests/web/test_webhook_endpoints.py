"""What /2025-09/webhook_endpoints has of its own; all else is in tests/contract.

The stamp, the same workflow again, Idempotency-Key, Location, rotate_secret, test.
"""

import json
import re
import threading
from typing import Any

import pytest
from broker import BODY, READ, WRITE, Broker
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from sqlalchemy import func, select, update
from stage import all_deliveries, rows
from werkzeug.test import TestResponse

from connector import world
from connector.factory import app_of
from connector.flows import idempotency
from connector.flows.secret import OVERLAP_MS
from connector.store.tables import idempotency_keys, webhook_endpoints
from connector.web.schemas import MAX_DESCRIPTION

PATH = "/2025-09/webhook_endpoints"


@pytest.fixture
def app(broker: Broker) -> Flask:
    """The web side of the broker."""
    return app_of(broker.parts)


class Builder:
    """A builder with one access token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.token = client, token

    def ask(
        self, method: str, path: str = "", key: str | None = None, **given: Any
    ) -> TestResponse:
        """Call a route of the resource."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.client.open(PATH + path, method=method, headers=headers, **given)

    def create(self, **changes: Any) -> dict[str, Any]:
        """Create an endpoint from the reference page's body, and `changes`."""
        response = self.ask("POST", json=BODY | changes)
        assert response.status_code == 201, response.text
        return dict(response.json["endpoint"])

    def patch(self, endpoint: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Change an endpoint."""
        response = self.ask("PATCH", f"/{endpoint['id']}", json=changes)
        assert response.status_code == 200, response.text
        return dict(response.json["endpoint"])


@pytest.fixture
def zapier(broker: Broker, app: Flask) -> Builder:
    """Zapier's app, which acts for the first operator."""
    return Builder(app.test_client(), broker.app_token("zapier"))


@pytest.fixture
def make(broker: Broker, app: Flask) -> Builder:
    """Make's app, which acts for the same operator."""
    return Builder(app.test_client(), broker.app_token("make"))


@pytest.fixture
def script(broker: Broker, app: Flask) -> Builder:
    """A script with a personal token of the same operator."""
    return Builder(app.test_client(), broker.personal_token())


@pytest.fixture
def stranger(broker: Broker, app: Flask) -> Builder:
    """Zapier's app, which acts for the other operator."""
    return Builder(app.test_client(), broker.app_token("zapier", operator=1))


# ---- the stamp ---------------------------------------------------------------------------------


@pytest.mark.parametrize("claimed", [{}, {"source": "make"}, {"source": " "}])
def test_an_app_s_source_is_its_platform_whatever_it_claims(
    zapier: Builder, claimed: dict[str, str]
) -> None:
    """The stamp is a fact, not a claim."""
    made = zapier.create(metadata=claimed | {"external_id": "abc_123"})
    assert made["metadata"] == {"source": "zapier", "external_id": "abc_123"}


@pytest.mark.parametrize(("claimed", "source"), [({}, "custom"), ({"source": "mine"}, "mine")])
def test_a_script_says_itself_what_it_is(
    script: Builder, claimed: dict[str, str], source: str
) -> None:
    """A personal token keeps the body's source, else it is `custom`."""
    assert script.create(metadata=claimed)["metadata"]["source"] == source


@pytest.mark.parametrize("metadata", [{}, {"external_id": ""}, {"external_id": "  "}])
def test_without_a_workflow_id_each_request_is_another_workflow(
    zapier: Builder, metadata: dict[str, str]
) -> None:
    """A made one; a field left empty in two workflows does not make them one."""
    first, second = zapier.create(metadata=metadata), zapier.create(metadata=metadata)

    assert first["id"] != second["id"]
    assert re.fullmatch(r"ext_[0-9a-f]{16}", first["metadata"]["external_id"])


def test_the_stamp_is_checked_like_all_metadata(zapier: Builder) -> None:
    """A source that would be overwritten anyway still has to be a text."""
    response = zapier.ask("POST", json=BODY | {"metadata": {"source": 5}})
    assert response.status_code == 422
    assert response.json["error"]["details"][0]["pointer"] == "/metadata/source"


def test_an_app_cannot_change_its_source_and_null_does_not_remove_the_stamp(
    zapier: Builder,
) -> None:
    """Everything else may change; `{}` clears all but the stamp."""
    made = zapier.create(metadata={"external_id": "abc_123", "team": "sales"})
    stamp = {"source": "zapier", "external_id": "abc_123"}

    changed = zapier.patch(made, metadata={"source": "make", "external_id": None, "team": None})
    assert changed["metadata"] == stamp
    assert zapier.patch(made, metadata={"team": "x"})["metadata"] == stamp | {"team": "x"}
    assert zapier.patch(made, metadata={})["metadata"] == stamp


def test_a_script_may_change_both(script: Builder) -> None:
    """As Stora's own page does: `source` from zapier to make."""
    made = script.create()
    changed = script.patch(made, metadata={"source": "make", "external_id": "new"})
    assert changed["metadata"] == {"source": "make", "external_id": "new"}


def test_twenty_own_keys_fit_beside_the_stamp_and_no_change_adds_one(zapier: Builder) -> None:
    """A body may name 20 keys; beyond 20 in all a change may exchange keys, not add any."""
    own = {f"key.{number}": "text" for number in range(20)}
    made = zapier.create(metadata=own)
    assert len(made["metadata"]) == 22

    response = zapier.ask("PATCH", f"/{made['id']}", json={"metadata": {"one.more": "x"}})
    assert response.json["error"]["details"][0]["pointer"] == "/metadata"
    assert len(zapier.patch(made, metadata={"key.0": None, "one.more": "x"})["metadata"]) == 22
    too_many = zapier.ask("POST", json=BODY | {"metadata": own | {"key.20": "text"}})
    assert too_many.status_code == 422


# ---- the same workflow again -------------------------------------------------------------------


def test_the_same_workflow_again_is_200_without_the_secret(zapier: Builder) -> None:
    """What is left out of the body is taken away, as the body describes the whole endpoint."""
    made = zapier.create()
    body = {key: value for key, value in BODY.items() if key != "description"}
    response = zapier.ask("POST", json=body | {"url": "https://example.org/other"})

    assert response.status_code == 200
    again = response.json["endpoint"]
    assert (again["id"], again["secret"], again["description"]) == (made["id"], None, None)
    assert again["url"] == "https://example.org/other"
    assert response.headers["Location"].endswith(f"{PATH}/{made['id']}")


def test_two_platforms_with_the_same_workflow_id_are_two(zapier: Builder, make: Builder) -> None:
    """The id is the platform's own."""
    assert zapier.create()["id"] != make.create()["id"]


def test_an_external_id_of_another_endpoint_is_a_conflict(zapier: Builder) -> None:
    """409 that says so."""
    zapier.create()
    other = zapier.create(metadata={"external_id": "other"})
    response = zapier.ask("PATCH", f"/{other['id']}", json={"metadata": {"external_id": "abc_123"}})
    assert (response.status_code, response.json["error"]["code"]) == (409, "conflict")


def test_location_is_where_the_endpoint_is(zapier: Builder, broker: Broker) -> None:
    """An absolute URL (RFC 9110 section 10.2.2)."""
    response = zapier.ask("POST", json=BODY)
    expected = f"{broker.parts.settings.origin}{PATH}/{response.json['endpoint']['id']}"
    assert response.headers["Location"] == expected


def test_the_keys_are_in_the_page_s_order(zapier: Builder) -> None:
    """Who reads the answer beside the page finds everything where it is there."""
    assert list(json.loads(zapier.ask("POST", json=BODY).data)["endpoint"]) == [
        "id", "api_version", "created_at", "creator", "description", "disabled_at", "event_types",
        "metadata", "name", "secret", "status", "updated_at", "url",
    ]  # fmt: skip


def test_the_longest_description_passes_and_one_more_does_not(zapier: Builder) -> None:
    """2,000 characters."""
    assert zapier.create(description="d" * MAX_DESCRIPTION)
    response = zapier.ask("POST", json=BODY | {"description": "d" * (MAX_DESCRIPTION + 1)})
    assert response.json["error"]["details"][0]["pointer"] == "/description"


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.1/", "https://0x0a000001/", "https://169.254.169.254/", "http://10.0.0.1/"],
)
def test_an_address_that_is_not_allowed_is_refused_at_once(
    zapier: Builder, broker: Broker, url: str
) -> None:
    """In every spelling, on create and on change, and nothing is made."""
    made = zapier.create()
    responses = [
        zapier.ask("POST", json=BODY | {"url": url, "metadata": {}}),
        zapier.ask("PATCH", f"/{made['id']}", json={"url": url}),
    ]
    for response in responses:
        assert response.status_code == 422
        assert response.json["error"]["details"][0]["pointer"] == "/url"
    assert len(rows(broker.parts, webhook_endpoints)) == 1


def test_a_loopback_target_passes_where_it_is_allowed(zapier: Builder) -> None:
    """The demo and tests allow 127.0.0.0/8; http:// is for such addresses only."""
    assert zapier.create(url="http://127.0.0.1:9/hook")["url"] == "http://127.0.0.1:9/hook"


# ---- strangers ---------------------------------------------------------------------------------

ON_ONE = [
    ("GET", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    ("POST", "/enable"),
    ("POST", "/disable"),
    ("POST", "/rotate_secret"),
    ("POST", "/test"),
]


@pytest.mark.parametrize(("method", "path"), ON_ONE)
def test_a_foreign_id_answers_like_an_unknown_one(
    zapier: Builder, stranger: Builder, method: str, path: str
) -> None:
    """Byte for byte, but for the request id; and nothing changes."""
    made = zapier.create()

    def told(endpoint_id: str) -> tuple[int, bytes]:
        response = stranger.ask(method, f"/{endpoint_id}{path}", json={"name": "Mine"})
        request_id = response.json["error"]["request_id"].encode()
        return response.status_code, response.data.replace(request_id, b"")

    assert told(made["id"]) == told("we_0000000000000000")
    assert told(made["id"])[0] == 404
    assert zapier.ask("GET", f"/{made['id']}").json["endpoint"] == made | {"secret": None}


@pytest.mark.parametrize("path", ["rotate_secret", "test"])
def test_reading_is_not_enough_to_act(broker: Broker, app: Flask, path: str) -> None:
    """The routes that Stora does not have need the write scope as well."""
    reader = Builder(app.test_client(), broker.personal_token(READ))
    writer = Builder(app.test_client(), broker.personal_token(WRITE))
    made = writer.create()

    response = reader.ask("POST", f"/{made['id']}/{path}")
    assert response.status_code == 403
    assert WRITE in response.json["error"]["message"]


# ---- Idempotency-Key ---------------------------------------------------------------------------


def test_a_repeat_under_the_same_key_is_the_same_answer(zapier: Builder, broker: Broker) -> None:
    """Status, body and Location, the secret included, whatever the repeat says."""
    first = zapier.ask("POST", key="k-1", json=BODY)
    second = zapier.ask("POST", key="k-1", json=BODY | {"name": "Another"})

    assert (second.status_code, second.data) == (201, first.data)
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert len(broker.stora.endpoints()) == 1
    assert first.json["endpoint"]["secret"] not in str(rows(broker.parts, idempotency_keys))


def test_a_refusal_is_kept_as_well(zapier: Builder) -> None:
    """As Stora keeps it: a corrected request needs a new key."""
    first = zapier.ask("POST", key="k-1", json=BODY | {"name": ""})
    second = zapier.ask("POST", key="k-1", json=BODY)

    assert (second.status_code, second.data) == (422, first.data)
    assert zapier.ask("POST", key="k-2", json=BODY).status_code == 201


def test_what_may_succeed_later_is_not_kept(zapier: Builder, broker: Broker) -> None:
    """A repeat under the same key after a 503 succeeds."""
    broker.stora.fail("500", times=99)
    assert zapier.ask("POST", key="k-1", json=BODY).status_code == 503
    broker.stora.heal()
    assert zapier.ask("POST", key="k-1", json=BODY).status_code == 201


def test_a_fault_of_our_own_is_not_kept(zapier: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is the key held for ever."""
    monkeypatch.setattr("connector.web.webhook_endpoints.subscribe", lambda *_: 1 / 0)
    assert zapier.ask("POST", key="k-1", json=BODY).status_code == 500
    monkeypatch.undo()
    assert zapier.ask("POST", key="k-1", json=BODY).status_code == 201


def test_keys_belong_to_one_caller(zapier: Builder, make: Builder, stranger: Builder) -> None:
    """Apps that count 1, 2, 3 do not read each other's secrets, on one connection or on two."""
    answers = [builder.ask("POST", key="1", json=BODY) for builder in (zapier, make, stranger)]
    assert len({answer.json["endpoint"]["secret"] for answer in answers}) == 3


def test_a_key_is_forgotten_after_a_day(zapier: Builder, broker: Broker) -> None:
    """Then it is a new request; a moment before, it is not."""
    zapier.ask("POST", key="k-1", json=BODY)
    for age_ms, status in ((idempotency.KEEP_MS - 5000, 201), (idempotency.KEEP_MS, 200)):
        with broker.parts.store.begin() as c:
            c.execute(update(idempotency_keys).values(created_at=world.now_ms() - age_ms))
        assert zapier.ask("POST", key="k-1", json=BODY).status_code == status


def test_a_key_of_another_route_is_a_conflict(zapier: Builder) -> None:
    """It would be answered with something else than what was asked."""
    made = zapier.ask("POST", key="k-1", json=BODY).json["endpoint"]
    assert zapier.ask("POST", f"/{made['id']}/disable", key="k-1").status_code == 409
    assert zapier.ask("GET", f"/{made['id']}").json["endpoint"]["status"] == "enabled"


@pytest.mark.parametrize(
    ("key", "status"), [("k" * 255, 201), ("k" * 256, 400), ("", 400), ("a b", 400)]
)
def test_a_key_has_1_to_255_characters(zapier: Builder, key: str, status: int) -> None:
    """Printable ASCII without spaces."""
    assert zapier.ask("POST", key=key, json=BODY).status_code == status


def test_equal_requests_at_once_under_one_key_are_one(broker: Broker, app: Flask) -> None:
    """The others wait for the first one's answer."""
    token = broker.app_token()
    answers: list[tuple[int, bytes]] = []

    def send() -> None:
        response = Builder(app.test_client(), token).ask("POST", key="k-1", json=BODY)
        answers.append((response.status_code, response.data))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 8
    assert set(answers) == {answers[0]}
    assert answers[0][0] == 201


def test_a_key_whose_request_never_ends_is_409_and_later_free(
    zapier: Builder, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Retry-After; a process that died gives its keys up within a minute."""
    monkeypatch.setattr(idempotency, "WAIT_S", 0.1)
    zapier.ask("POST", key="k-1", json=BODY)
    with broker.parts.store.begin() as c:
        c.execute(update(idempotency_keys).values(status=None, created_at=world.now_ms()))
    busy = zapier.ask("POST", key="k-1", json=BODY)
    assert (busy.status_code, busy.headers["Retry-After"]) == (409, "5")

    long_ago = world.now_ms() - idempotency.ABANDONED_MS
    with broker.parts.store.begin() as c:
        c.execute(update(idempotency_keys).values(created_at=long_ago))
    assert zapier.ask("POST", key="k-1", json=BODY).status_code == 200


def test_without_a_token_no_key_is_looked_at(zapier: Builder, broker: Broker) -> None:
    """401 comes first and is not kept."""
    zapier.ask("POST", key="k-1", json=BODY)
    nobody = Builder(zapier.client, "nobody")
    assert nobody.ask("POST", key="k-1", json=BODY).status_code == 401
    with broker.parts.store.read() as c:
        assert c.execute(select(func.count()).select_from(idempotency_keys)).scalar_one() == 1


# ---- rotate_secret, test -----------------------------------------------------------------------


def test_a_new_secret_is_told_once_and_the_old_one_signs_for_a_day(
    zapier: Builder, broker: Broker
) -> None:
    """Both are kept sealed; the older of three is forgotten."""
    made = zapier.create()
    before = world.now_ms()
    first = zapier.ask("POST", f"/{made['id']}/rotate_secret").json["endpoint"]["secret"]
    second = zapier.ask("POST", f"/{made['id']}/rotate_secret").json["endpoint"]["secret"]

    assert len({made["secret"], first, second}) == 3
    assert zapier.ask("GET", f"/{made['id']}").json["endpoint"]["secret"] is None
    (row,) = rows(broker.parts, webhook_endpoints)
    assert broker.parts.vault.open(row.secret_sealed) == second
    assert broker.parts.vault.open(row.previous_secret_sealed) == first
    assert row.previous_secret_until >= before + OVERLAP_MS


def test_a_test_event_is_delivered_like_a_real_one(zapier: Builder, broker: Broker) -> None:
    """Kept durably and due at once, of the endpoint's first type; the answer is its delivery."""
    made = zapier.create(event_types=["unit.created", "deal.won"])
    response = zapier.ask("POST", f"/{made['id']}/test")

    assert response.status_code == 202
    delivery = response.json["delivery"]
    assert (delivery["status"], delivery["event"]["type"]) == ("pending", "unit.created")
    assert re.fullmatch(r"evt_test_[0-9a-f]{16}", delivery["event"]["id"])
    now = world.now_ms()
    (due,) = broker.parts.ledger.claim(lease="l", now=now, until=now + 9, count=9, busy=())
    body = json.loads(due.body)
    assert due.delivery_id == delivery["id"]
    assert body["event"].keys() == {"id", "type", "api_version", "created_at", "data", "meta"}
    assert (body["event"]["id"], body["event"]["type"]) == (due.event_id, "unit.created")


def test_a_disabled_endpoint_is_not_tested(zapier: Builder, broker: Broker) -> None:
    """409 says what to do."""
    made = zapier.create()
    zapier.ask("POST", f"/{made['id']}/disable")
    response = zapier.ask("POST", f"/{made['id']}/test")

    assert response.status_code == 409
    assert "Enable" in response.json["error"]["message"]
    assert all_deliveries(broker.parts) == []


# ---- the OpenAPI document ----------------------------------------------------------------------


def test_the_document_is_valid_and_says_what_is_answered(app: Flask, zapier: Builder) -> None:
    """OpenAPI 3.1; each answer fits the schema of its operation and status."""
    document = app.test_client().get("/openapi.json").json
    validate(document)

    made = zapier.ask("POST", json=BODY)
    one = f"/{made.json['endpoint']['id']}"
    calls = [
        ("post", "", made),
        ("post", "", zapier.ask("POST", json=BODY)),
        ("get", "", zapier.ask("GET")),
        ("get", "/{endpoint_id}", zapier.ask("GET", one)),
        ("patch", "/{endpoint_id}", zapier.ask("PATCH", one, json={"name": "x"})),
        *(
            ("post", f"/{{endpoint_id}}/{verb}", zapier.ask("POST", f"{one}/{verb}"))
            for verb in ("disable", "enable", "rotate_secret", "test")
        ),
    ]
    for method, path, response in calls:
        operation = document["paths"][PATH + path][method]
        told = operation["responses"][str(response.status_code)]
        schema = told["content"]["application/json"]["schema"]
        Draft202012Validator(schema | {"components": document["components"]}).validate(
            response.json
        )


def test_every_failure_has_the_shape_that_the_document_tells(app: Flask, zapier: Builder) -> None:
    """Of each operation the default answer is the one error shape, and it is kept."""
    document = app.test_client().get("/openapi.json").json
    told = document["components"]["responses"]["DEFAULT_ERROR"]["content"]["application/json"]
    schema = Draft202012Validator(told["schema"] | {"components": document["components"]})

    for path, operations in document["paths"].items():
        for operation in operations.values():
            if isinstance(operation, dict) and path.startswith(PATH):
                assert "default" in operation["responses"]
    for response in (
        zapier.ask("POST", json={}),
        zapier.ask("GET", "/we_0000000000000000"),
        zapier.ask("PUT"),
    ):
        schema.validate(response.json)


def test_the_document_tells_the_rules_of_the_page(app: Flask) -> None:
    """Required fields, the pattern, the event types, the key; unknown fields are refused."""
    document = app.test_client().get("/openapi.json").json
    create = document["components"]["schemas"]["CreateEndpoint"]
    names = {parameter["name"] for parameter in document["paths"][PATH]["get"]["parameters"]}

    assert set(create["required"]) == {"name", "api_version", "url", "event_types"}
    assert create["properties"]["url"]["pattern"] == "^https://"
    assert len(create["properties"]["event_types"]["items"]["enum"]) == 50
    assert create["additionalProperties"] is False
    assert names == {"page", "limit", "sort_by", "sort_direction", "status", "metadata"}
    parameters = document["paths"][PATH]["post"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["Idempotency-Key"]
