"""Idempotency-Key: a repeat is answered as the first time, for a day, to the same caller."""

import pytest
from broker import BODY, Broker
from flask import Flask
from parallel import at_once
from sqlalchemy import func, select, update
from stage import rows
from web.webhook_endpoints.conftest import Builder

from connector import world
from connector.flows import idempotency
from connector.store.tables import idempotency_keys


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

    def send(_: int) -> tuple[int, bytes]:
        response = Builder(app.test_client(), token).ask("POST", key="k-1", json=BODY)
        return response.status_code, response.data

    answers = at_once(8, send)
    assert answers == [answers[0]] * 8
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
