"""A browser that is signed in, and a log to look at."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import stage
from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.test import TestResponse

from connector import world
from connector.catalogue.samples import sample
from connector.flows import first_run
from connector.flows.parts import Parts
from connector.flows.sessions import csrf_token, open_session
from connector.store.tables import attempts, deliveries, events

BASE = "http://127.0.0.1:8080"


@dataclass
class Person:
    """Somebody at a browser who is signed in for a connection."""

    client: FlaskClient
    cookie: str

    @property
    def csrf(self) -> str:
        """What the forms of its pages carry."""
        return csrf_token(self.cookie)

    def look(self, path: str, status: int = 200) -> str:
        """Open a page; return its HTML."""
        answer = self.client.get(path, base_url=BASE)
        assert answer.status_code == status, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.text

    def press(self, path: str, status: int = 303, **form: str) -> TestResponse:
        """Send a form of a page."""
        answer = self.client.post(
            path, data={"csrf": self.csrf, "once": world.new_token(), **form}, base_url=BASE
        )
        assert answer.status_code == status, answer.text
        return answer


def signed_in(parts: Parts, client: FlaskClient, connection_id: str = "conn_1") -> Person:
    """Sign a browser in."""
    cookie = open_session(parts, connection_id)
    client.set_cookie("unitwire", cookie, domain="127.0.0.1")
    return Person(client, cookie)


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is found of the way from Stora, so that no test calls it."""
    monkeypatch.setattr(first_run, "probe", lambda *_: ())


@pytest.fixture
def person(parts: Parts, client: FlaskClient) -> Person:
    """An operator with one workflow that listens to paid invoices."""
    stage.connect(parts)
    stage.listen(parts)
    return signed_in(parts, client)


@pytest.fixture
def stranger(parts: Parts, app: Any) -> Person:
    """Another operator, in another browser."""
    stage.connect(parts, "conn_2", operator="Hilltop Storage")
    return signed_in(parts, app.test_client(), "conn_2")


@pytest.fixture
def log(parts: Parts) -> Callable[..., str]:
    """Return a function that writes one delivery into the log and returns its id."""
    count = iter(range(1_000_000))

    def write(
        status: str = "delivered",
        *,
        endpoint_id: str = "we_1",
        connection_id: str = "conn_1",
        event_type: str = "invoice.paid",
        age_ms: int = 0,
        body: bytes | None = None,
        event_id: str | None = None,
        answer: bytes = b"ok",
        **changes: Any,
    ) -> str:
        at, number = world.now_ms() - age_ms, next(count)
        delivery_id = f"dlv_{at:012x}{number:012x}"
        keys = {"connection_id": connection_id, "endpoint_id": endpoint_id}
        event_id = event_id or f"evt_{number}"
        last = changes.get("last_status", 200 if status == "delivered" else 500)
        bad = None if status == "delivered" else "The answer was 500."
        ended = status != "pending"
        row = {
            "id": delivery_id,
            "event_id": event_id,
            "event_type": event_type,
            "status": status,
            "reason": bad,
            "due": None if ended else at + 600_000,
            "attempts": 1,
            "last_status": last,
            "created_at": at,
            "give_up_at": at + 1_000_000,
            "finished_at": at + 200 if ended else None,
        }
        text = json.dumps(sample(event_type, event_id=event_id)).encode()
        with parts.store.begin() as c:
            c.execute(
                insert(events).values(
                    **keys,
                    id=event_id,
                    type=event_type,
                    occurred_at=world.iso(at),
                    received_at=at,
                    body=body or text,
                    delivery_id=delivery_id,
                )
            )
            c.execute(insert(deliveries).values(**keys, **row | changes))
            if (row | changes)["attempts"]:
                c.execute(
                    insert(attempts).values(
                        connection_id=connection_id,
                        delivery_id=delivery_id,
                        number=1,
                        started_at=at,
                        duration_ms=150,
                        status=last,
                        answer=answer,
                    )
                )
        return delivery_id

    return write
