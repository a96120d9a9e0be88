"""rotate_secret and test, which Stora does not have, and who may use the routes of an endpoint."""

import json
import re

import pytest
from broker import READ, WRITE, Broker
from flask import Flask
from stage import all_deliveries, rows
from web.webhook_endpoints.conftest import Builder

from connector import world
from connector.flows.secret import OVERLAP_MS
from connector.store.tables import webhook_endpoints

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
