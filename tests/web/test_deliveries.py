"""The log of deliveries over HTTP: lists, one with its attempts, sending again, and its walls."""

import json
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from stage import UPSTREAM_SECRET, all_deliveries, connect, listen

from connector import world
from connector.catalogue.samples import sample
from connector.flows.parts import Parts
from connector.flows.personal_tokens import add_token
from connector.flows.receive import receive
from connector.stora.signature import sign
from connector.store.ledger import Result
from connector.store.tables import deliveries, webhook_endpoints
from connector.web.deliveries import WITH_ATTEMPTS
from connector.web.documents import many_of

READ, WRITE = "public.webhook_endpoint:read", "public.webhook_endpoint:write"


@pytest.fixture(autouse=True)
def endpoints(parts: Parts) -> None:
    """Two tenants with an endpoint each."""
    for number in ("1", "2"):
        connect(parts, f"conn_{number}")
        listen(
            parts,
            f"we_{number}",
            connection_id=f"conn_{number}",
            event_types=("invoice.paid", "deal.won"),
        )


def take(parts: Parts, event_id: str, event_type: str = "invoice.paid", to: str = "we_1") -> None:
    """Receive one signed event."""
    body = json.dumps(sample(event_type, event_id=event_id)).encode()
    receive(parts, to, sign(UPSTREAM_SECRET, body, world.now_ms() // 1000), body)


def finish(parts: Parts, status: str = "delivered", answer_status: int = 200) -> None:
    """Let every pending delivery be attempted, with this outcome."""
    now = world.now_ms()
    for due in parts.ledger.claim(lease="l", now=now, until=now + 1000, count=100, busy=()):
        parts.ledger.save(
            [
                Result(
                    connection_id=due.connection_id,
                    delivery_id=due.delivery_id,
                    lease="l",
                    attempt=due.attempt,
                    started_at=now,
                    duration_ms=12,
                    answer_status=answer_status,
                    error="",
                    answer_head=b"HTTP/1.1 200 OK\r\n",
                    answer=b"<b>ok</b>\xff",
                    status=status,
                    reason=None,
                    due=None,
                    finished_at=now,
                )
            ]
        )


class Person:
    """Somebody with a token of one connection."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        """Ask."""
        return self.client.get(f"/2025-09{path}", headers=self.headers)

    def post(self, path: str, body: object = None) -> Any:
        """Do."""
        return self.client.post(f"/2025-09{path}", json=body, headers=self.headers)


def person(parts: Parts, client: FlaskClient, number: str, *scopes: str) -> Person:
    """Return somebody with a token for `scopes`."""
    _, token = add_token(
        parts,
        connection_id=f"conn_{number}",
        scopes_asked=scopes,
        name="test",
        days=None,
        actor="test",
    )
    return Person(client, token)


@pytest.fixture
def owner(parts: Parts, client: FlaskClient) -> Person:
    """The owner of the first connection."""
    return person(parts, client, "1", READ, WRITE)


@pytest.fixture
def stranger(parts: Parts, client: FlaskClient) -> Person:
    """The owner of the second connection."""
    return person(parts, client, "2", READ, WRITE)


def test_the_list_is_newest_first_in_pages(parts: Parts, owner: Person) -> None:
    """Pages follow each other without gap or repeat, and say how many there are."""
    for number in range(5):
        take(parts, f"evt_{number}")
    pages = [owner.get(f"/deliveries?limit=2&page={page}").get_json() for page in (1, 2, 3, 4)]
    found = [d["event"]["id"] for page in pages for d in page["deliveries"]]
    assert found == [f"evt_{n}" for n in (4, 3, 2, 1, 0)]
    assert pages[0]["meta"]["pagination"]["count"] == 5
    assert pages[2]["meta"]["pagination"]["next"] is None


def test_filters_hold_together(parts: Parts, owner: Person) -> None:
    """Status, endpoint, event, type and time narrow the list."""
    take(parts, "evt_1")
    finish(parts)
    take(parts, "evt_2", "deal.won")

    def ids(query: str) -> set[str]:
        return {
            d["event"]["id"] for d in owner.get(f"/deliveries?{query}").get_json()["deliveries"]
        }

    assert ids("status=delivered") == {"evt_1"}
    assert ids("status=pending,delivered") == {"evt_1", "evt_2"}
    assert ids("event_type=deal.won&status=pending") == {"evt_2"}
    assert ids("event_type=deal.won&status=delivered") == set()
    assert ids("endpoint_id=we_1&event_id=evt_1") == {"evt_1"}
    assert ids("endpoint_id=we_2") == set()
    assert ids("created_after=2100-01-01T00:00:00Z") == set()
    assert ids("created_before=2100-01-01T00:00:00%2B02:00") == {"evt_1", "evt_2"}


@pytest.mark.parametrize(
    "query",
    [
        "status=lost",
        "status=",
        "limit=0",
        "limit=101",
        "limit=1_0",
        "page=0",
        "page=%D9%A1",
        "page=1&page=1",
        "endpoint_id=%00",
        "event_id=" + "x" * 129,
        "created_after=yesterday",
        "created_after=2025-01-01T00:00:00",
        "created_before=999999-01-01T00:00:00Z",
    ],
)
def test_a_wrong_parameter_is_named(owner: Person, query: str) -> None:
    """It answers 422 with the parameter as pointer."""
    answer = owner.get(f"/deliveries?{query}")
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (422, "invalid_url_param")
    assert error["details"][0]["pointer"] == "/" + query.partition("=")[0]


def test_one_delivery_shows_its_attempts(parts: Parts, owner: Person) -> None:
    """With status, duration and the beginning of the answer as text."""
    take(parts, "evt_1")
    finish(parts, answer_status=204)
    shown = owner.get(f"/deliveries/{all_deliveries(parts)[0].id}").get_json()["delivery"]
    (attempt,) = shown["attempts"]
    assert (attempt["number"], attempt["status"], attempt["duration_ms"]) == (1, 204, 12)
    assert attempt["answer_head"] == "HTTP/1.1 200 OK\r\n"
    assert attempt["answer"] == "<b>ok</b>\ufffd"
    jsonschema.validate(shown, WITH_ATTEMPTS)


def test_the_list_is_what_the_document_says(parts: Parts, owner: Person) -> None:
    """The answer fits the schema that /openapi.json shows."""
    take(parts, "evt_1")
    from connector.web.deliveries import DELIVERY

    jsonschema.validate(owner.get("/deliveries").get_json(), many_of("deliveries", DELIVERY))


def test_a_finished_delivery_can_be_sent_again(parts: Parts, owner: Person) -> None:
    """It is pending again at once, with a full horizon."""
    take(parts, "evt_1")
    finish(parts, "dead", 500)
    answer = owner.post(f"/deliveries/{all_deliveries(parts)[0].id}/replay")
    assert (answer.status_code, answer.get_json()["delivery"]["status"]) == (202, "pending")


def test_a_delivery_that_waits_is_tried_at_once(parts: Parts, owner: Person) -> None:
    """Who has mended the workflow need not wait; only an attempt under way conflicts."""
    take(parts, "evt_1")
    with parts.store.begin() as connection:
        connection.execute(deliveries.update().values(due=world.now_ms() + 3_600_000))
    delivery_id = all_deliveries(parts)[0].id
    assert owner.post(f"/deliveries/{delivery_id}/replay").status_code == 202
    assert all_deliveries(parts)[0].due <= world.now_ms()
    now = world.now_ms()
    parts.ledger.claim(lease="l", now=now, until=now + 9000, count=1, busy=())
    assert owner.post(f"/deliveries/{delivery_id}/replay").status_code == 409


@pytest.mark.parametrize("change", [{"status": "disabled"}, {"deleted_at": 1}, {"paused_at": 1}])
def test_what_its_endpoint_cannot_take_is_not_sent_again(
    parts: Parts, owner: Person, change: dict[str, Any]
) -> None:
    """A disabled or removed endpoint conflicts, alone and by filter."""
    take(parts, "evt_1")
    finish(parts, "dead", 500)
    with parts.store.begin() as connection:
        connection.execute(webhook_endpoints.update().values(**change))
    assert owner.post(f"/deliveries/{all_deliveries(parts)[0].id}/replay").status_code == 409
    assert owner.post("/deliveries/replay", {}).get_json()["replay"]["count"] == 0


def test_many_are_counted_first_and_then_sent_again(parts: Parts, owner: Person) -> None:
    """A preview changes nothing; the replay touches exactly what was counted."""
    for number in range(3):
        take(parts, f"evt_{number}")
    finish(parts, "dead", 500)
    take(parts, "evt_other")
    body = {"status": "dead", "preview": True}
    assert owner.post("/deliveries/replay", body).get_json()["replay"] == {
        "count": 3,
        "preview": True,
    }
    assert [row.status for row in all_deliveries(parts)].count("dead") == 3
    assert owner.post("/deliveries/replay", {"status": "dead"}).get_json()["replay"]["count"] == 3
    assert {row.status for row in all_deliveries(parts)} == {"pending"}


def test_a_replay_has_a_limit(parts: Parts, owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as the limit are sent again, one more is refused with what to do."""
    monkeypatch.setattr("connector.flows.deliveries.MAX_REPLAY", 2)
    take(parts, "evt_1")
    take(parts, "evt_2")
    finish(parts, "dead", 500)
    assert owner.post("/deliveries/replay", {}).status_code == 202
    take(parts, "evt_3")
    finish(parts, "dead", 500)
    answer = owner.post("/deliveries/replay", {})
    assert answer.status_code == 409
    assert "Narrow the filter" in answer.get_json()["error"]["message"]


@pytest.mark.parametrize("body", [{"preview": "yes"}, {"status": 1}, {"all": True}, [], None])
def test_a_wrong_replay_does_nothing(parts: Parts, owner: Person, body: object) -> None:
    """Wrong fields are refused, and nothing is sent again."""
    take(parts, "evt_1")
    finish(parts, "dead", 500)
    assert owner.post("/deliveries/replay", body).status_code in (400, 415, 422)
    assert all_deliveries(parts)[0].status == "dead"


def test_a_foreign_delivery_is_like_none(parts: Parts, owner: Person, stranger: Person) -> None:
    """Every route answers a foreign id to the byte as it answers an unknown one."""
    take(parts, "evt_1")
    finish(parts, "dead", 500)
    foreign, unknown = all_deliveries(parts)[0].id, "dlv_" + "0" * 24

    def told(answer: Any) -> tuple[int, bytes]:
        request_id = answer.get_json()["error"]["request_id"].encode()
        return answer.status_code, answer.data.replace(request_id, b"")

    for ask in (
        lambda id: stranger.get(f"/deliveries/{id}"),
        lambda id: stranger.post(f"/deliveries/{id}/replay"),
    ):
        assert told(ask(foreign)) == told(ask(unknown))
    assert stranger.get("/deliveries").get_json()["deliveries"] == []
    assert stranger.post("/deliveries/replay", {}).get_json()["replay"]["count"] == 0
    assert all_deliveries(parts)[0].status == "dead"
    assert owner.get(f"/deliveries/{foreign}").status_code == 200


def test_scopes_are_needed(parts: Parts, client: FlaskClient) -> None:
    """Reading needs the read scope, sending again the write scope, and the answer names it."""
    reader = person(parts, client, "1", READ)
    assert reader.get("/deliveries").status_code == 200
    refused = reader.post("/deliveries/replay", {})
    assert refused.status_code == 403
    assert WRITE in refused.get_json()["error"]["message"]
    assert client.get("/2025-09/deliveries").status_code == 401


def test_counting_is_of_this_connection_only(parts: Parts, owner: Person) -> None:
    """Another tenant's rows are not in the count."""
    take(parts, "evt_1", to="we_2")
    assert owner.get("/deliveries").get_json()["meta"]["pagination"]["count"] == 0
    with parts.store.read() as connection:
        assert connection.execute(deliveries.select()).first() is not None


@pytest.mark.parametrize(
    ("accept", "status"),
    [("text/csv", 406), ("application/pdf", 406), ("application/json", 200), ("*/*", 200)],
)
def test_another_format_is_refused(
    owner: Person, client: FlaskClient, accept: str, status: int
) -> None:
    """Lists are JSON; who asks for something else is told so (Stora page: guides/responses)."""
    headers = owner.headers | {"Accept": accept}
    assert client.get("/2025-09/deliveries", headers=headers).status_code == status
