"""The picklist of event types, one type's fields, samples."""

import json
from typing import Any

import pytest
from broker import WRITE, Broker
from flask import Flask
from flask.testing import FlaskClient
from stage import received

from connector import world
from connector.catalogue.events import EVENT_TYPES, EVENTS
from connector.catalogue.samples import sample
from connector.factory import app_of
from connector.flows import samples as flow
from connector.flows import try_sandbox

PATH = "/2025-09/event_types"


@pytest.fixture(autouse=True)
def no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made is the catalogue's example, as with Stora itself."""
    monkeypatch.setattr(try_sandbox, "is_sandbox", lambda _settings: False)


@pytest.fixture
def app(broker: Broker) -> Flask:
    """The web side of the broker."""
    return app_of(broker.parts)


@pytest.fixture
def headers(broker: Broker) -> dict[str, str]:
    """Who asks: a builder of the first operator."""
    return {"Authorization": f"Bearer {broker.app_token()}"}


def happen(
    broker: Broker,
    event_id: str,
    *,
    event_type: str = "invoice.paid",
    endpoint_id: str = "we_1",
    operator: int = 0,
    body: bytes | None = None,
) -> dict[str, Any]:
    """Take in an event and return its body."""
    told = sample(event_type, event_id=event_id)
    now = world.now_ms()
    broker.parts.ledger.record(
        received(
            event_id,
            now=now,
            connection_id=broker.connections[operator],
            endpoint_id=endpoint_id,
            event_type=event_type,
            body=json.dumps(told).encode() if body is None else body,
            status="skipped",
            due=None,
            finished_at=now,
        )
    )
    return told


def test_the_list_is_the_picklist(client: FlaskClient, headers: dict[str, str]) -> None:
    """All 50 in Stora's order, each with what a person needs to choose."""
    answer = client.get(PATH, headers=headers).json

    assert answer.keys() == {"event_types", "meta"}
    assert tuple(item["value"] for item in answer["event_types"]) == EVENT_TYPES
    for item in answer["event_types"]:
        assert item.keys() == {"value", "label", "resource", "group", "description"}


@pytest.mark.parametrize(
    ("q", "count"), [("invoice PAID", 1), ("contract.signed", 1), ("nothing", 0), ("", 50)]
)
def test_a_search_needs_all_words(
    client: FlaskClient, headers: dict[str, str], q: str, count: int
) -> None:
    """In any case, anywhere in the item."""
    answer = client.get(PATH, headers=headers, query_string={"q": q})
    assert len(answer.json["event_types"]) == count


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("q=" + "x" * 255, 200),
        ("q=" + "x" * 256, 422),
        ("q=a&q=b", 422),
        ("q=%00", 422),
        ("z=1", 200),
    ],
)
def test_a_search_is_read_strictly(
    client: FlaskClient, headers: dict[str, str], query: str, status: int
) -> None:
    """255 characters, once, no NUL; unknown parameters are ignored."""
    response = client.get(f"{PATH}?{query}", headers=headers)

    assert response.status_code == status
    if status == 422:
        assert response.json["error"]["code"] == "invalid_url_param"
        assert response.json["error"]["details"][0]["pointer"] == "/q"


def test_each_type_tells_its_fields(client: FlaskClient, headers: dict[str, str]) -> None:
    """The item of the list and the fields of the resource."""
    for event in EVENTS:
        answer = client.get(f"{PATH}/{event.type}", headers=headers).json["event_type"]

        assert answer["value"] == event.type
        told = {field["key"] for field in answer["fields"]}
        assert told == {field.data_key or name for name, field in event.schema().fields.items()}
        assert all(field["label"] and field["help"] for field in answer["fields"])


@pytest.mark.parametrize("path", ["unit.gone", "unit.gone/samples", "%00", "invoice"])
def test_an_unknown_type_is_not_found(
    client: FlaskClient, headers: dict[str, str], path: str
) -> None:
    """404 in the one error shape."""
    response = client.get(f"{PATH}/{path}", headers=headers)
    code = "invalid_endpoint" if "%" in path else "resource_not_found"  # what no name can be
    assert (response.status_code, response.json["error"]["code"]) == (404, code)


@pytest.mark.parametrize("path", ["", "/invoice.paid", "/invoice.paid/samples"])
def test_a_token_that_may_read_is_needed(client: FlaskClient, broker: Broker, path: str) -> None:
    """401 without one, 403 without the scope."""
    assert client.get(PATH + path).status_code == 401
    headers = {"Authorization": f"Bearer {broker.personal_token(WRITE)}"}
    assert client.get(PATH + path, headers=headers).status_code == 403


def samples(client: FlaskClient, headers: dict[str, str], event_type: str = "invoice.paid") -> Any:
    """Return the samples of a type."""
    return client.get(f"{PATH}/{event_type}/samples", headers=headers).json["samples"]


def test_without_real_events_there_is_one_made_up_sample(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    """Of each type, in the shape that is delivered."""
    for event_type in EVENT_TYPES:
        assert samples(client, headers, event_type) == [sample(event_type)]


def test_real_events_come_first_newest_first_three_at_most(
    client: FlaskClient, headers: dict[str, str], broker: Broker
) -> None:
    """Each once, though several endpoints got it; only of the type and of this connection."""
    told = [happen(broker, f"evt_{number}") for number in range(4)]
    happen(broker, "evt_3", endpoint_id="we_2")
    happen(broker, "evt_other", event_type="invoice.created")
    happen(broker, "evt_foreign", operator=1)

    assert samples(client, headers) == [told[3], told[2], told[1]]


def test_what_did_not_really_happen_is_no_sample(
    client: FlaskClient, headers: dict[str, str], broker: Broker
) -> None:
    """Test events, and bodies that not every reader takes for JSON."""
    happen(broker, "evt_test_0123456789abcdef")
    happen(broker, "evt_nan", body=b'{"event": NaN}')
    happen(broker, "evt_list", body=b"[]")
    assert samples(client, headers) == [sample("invoice.paid")]

    real = happen(broker, "evt_testament")
    assert samples(client, headers) == [real]


def test_only_the_newest_deliveries_are_looked_at(
    client: FlaskClient,
    headers: dict[str, str],
    broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A rare type costs no walk through all of history."""
    monkeypatch.setattr(flow, "LOOKED_AT", 2)
    real = happen(broker, "evt_1")
    happen(broker, "evt_2", event_type="deal.won")
    assert samples(client, headers) == [real]
    happen(broker, "evt_3", event_type="deal.won")
    assert samples(client, headers) == [sample("invoice.paid")]
