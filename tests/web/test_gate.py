"""The gate: good webhooks are taken in before Flask, all else is Flask's to answer."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import text
from stage import UPSTREAM_SECRET, all_deliveries, all_events, connect, listen, rows

from connector import world
from connector.catalogue.samples import sample
from connector.flows.parts import Parts
from connector.flows.receive import USUAL_BODY
from connector.stora.signature import HEADER, sign
from connector.store import db
from connector.store.tables import refusals
from connector.web import server
from connector.web.hooks import Gate
from connector.web.intake import Intake

HOOK = "/hooks/stora/we_1"


class Door:
    """The Flask app, and how often it was asked."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.asked = 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer one request."""
        self.asked += 1
        return self.app(environ, start_response)


@pytest.fixture
def door(app: Flask) -> Door:
    """What stands behind the gate."""
    return Door(app)


@contextmanager
def serving(intake: Intake) -> Iterator[str]:
    """Serve, and give the address."""
    sock = server.listen("127.0.0.1", 0)
    running = server.Server(intake, sock, server.Limits(stop_s=1))
    thread = threading.Thread(target=running.run)
    thread.start()
    yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    running.stop()
    thread.join()


@pytest.fixture
def url(parts: Parts, door: Door) -> Iterator[str]:
    """Unitwire behind its own server, with one endpoint that listens."""
    connect(parts)
    listen(parts)
    with serving(Intake(door, gate=Gate(parts))) as address:
        yield address


def webhook(event_id: str = "evt_1", size: int = 0) -> tuple[bytes, dict[str, str]]:
    """Return the bytes, `size` at least, and the headers of an event that Stora sends."""
    body = json.dumps(sample("invoice.paid", event_id=event_id)).encode().ljust(size)
    return body, {HEADER: sign(UPSTREAM_SECRET, body, world.now_ms() // 1000)}


def send(url: str, body: bytes, headers: dict[str, str]) -> requests.Response:
    """Let Stora send."""
    return requests.post(url, body, headers=headers, timeout=30)


def plain(answer: requests.Response) -> tuple[int, dict[str, str], str]:
    """Return an answer without what differs from one request to the next."""
    body = answer.json()
    told = body.get("meta", body.get("error"))
    request_id = told["request_id"]
    assert len(request_id) == 36
    headers = {k.lower(): v for k, v in answer.headers.items() if k.lower() != "date"}
    return answer.status_code, headers, answer.text.replace(request_id, "")


def test_a_good_webhook_never_reaches_flask(parts: Parts, url: str, door: Door) -> None:
    """It is answered 200 when event and delivery are durable, and a repeat changes nothing."""
    body, headers = webhook()
    assert [send(url + HOOK, body, headers).status_code for _ in range(3)] == [200] * 3
    assert door.asked == 0
    (kept,), (delivery,) = all_events(parts), all_deliveries(parts)
    assert (bytes(kept.body), kept.repeats, delivery.status) == (body, 2, "pending")


def test_the_gate_answers_as_flask_does(parts: Parts, url: str, door: Door) -> None:
    """Status, headers and body are those of the route, but for the request id."""
    with serving(Intake(door)) as without:
        answers = [send(each + HOOK, *webhook()) for each in (url, without)]
    assert door.asked == 1
    assert plain(answers[0]) == plain(answers[1])


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (HOOK, {HEADER: sign("c8" * 32, b"x", 1)}),
        (HOOK, {HEADER: ""}),
        ("/hooks/stora/we_unknown", {}),
        ("/hooks/stora/", {}),
        (HOOK + "/", {}),
        ("/hooks/storage", {}),
    ],
)
def test_what_is_not_good_is_answered_by_flask(
    parts: Parts, url: str, door: Door, path: str, change: dict[str, str]
) -> None:
    """A refusal is Flask's answer, noted for the owner once, and nothing is kept."""
    body, headers = webhook()
    answer = send(url + path, body, headers | change)
    assert door.asked == 1
    with serving(Intake(door)) as without:
        assert plain(answer) == plain(send(without + path, body, headers | change))
    assert all_events(parts) == []
    noted = sum(row.count for row in rows(parts, refusals))
    assert noted == (2 if change else 0)  # once for each way


def test_a_body_that_is_not_json_is_answered_by_flask(url: str, door: Door) -> None:
    """A signed body that nobody can read is 400."""
    headers = {HEADER: sign(UPSTREAM_SECRET, b"{", world.now_ms() // 1000)}
    assert send(url + HOOK, b"{", headers).status_code == 400
    assert door.asked == 1


def test_other_methods_are_answered_by_flask(url: str, door: Door) -> None:
    """GET is 405."""
    assert requests.get(url + HOOK, timeout=30).status_code == 405
    assert door.asked == 1


@pytest.mark.parametrize(("size", "asked"), [(USUAL_BODY, 0), (USUAL_BODY + 1, 1)])
def test_a_large_body_is_left_to_a_thread(
    parts: Parts, url: str, door: Door, size: int, asked: int
) -> None:
    """Up to the usual size the gate takes it, above it Flask does; both keep it."""
    assert send(url + HOOK, *webhook(size=size)).status_code == 200
    assert door.asked == asked
    assert len(all_deliveries(parts)) == 1


def test_the_signature_may_be_split_over_two_headers(url: str, door: Door) -> None:
    """Two equal headers are one, joined by a comma (RFC 9110 section 5.3)."""
    body, headers = webhook()
    t, v1 = headers[HEADER].split(",")
    host, port = url.removeprefix("http://").split(":")
    lines = [f"POST {HOOK} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{HEADER}: {t}", f"{HEADER}: {v1}", f"Content-Length: {len(body)}", "", ""]
    with socket.create_connection((host, int(port)), 10) as wire:
        wire.sendall("\r\n".join(lines).encode() + body)
        assert wire.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
    assert door.asked == 0


@contextmanager
def held(parts: Parts) -> Iterator[None]:
    """Somebody else holds the database's write lock."""
    with parts.store.begin() as other:
        if not parts.store.is_sqlite:
            other.execute(text("LOCK TABLE events IN ACCESS EXCLUSIVE MODE"))
        yield


def test_nobody_is_told_2xx_before_the_commit_and_others_are_served_meanwhile(
    parts: Parts, url: str
) -> None:
    """While the database is held an event has no answer, and the event loop is free."""
    with ThreadPoolExecutor() as pool, requests.Session() as session:
        with held(parts):
            waiting = [pool.submit(send, url + HOOK, *webhook(f"evt_{n}")) for n in range(3)]
            assert session.get(f"{url}/healthz", timeout=1).status_code == 200
            assert not any(each.done() for each in waiting)
        assert [each.result().status_code for each in waiting] == [200] * 3
    assert len(all_events(parts)) == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL waits
def test_a_database_that_takes_no_writes_is_503(
    parts: Parts, url: str, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stora is told when to try again, nothing is kept, and afterwards all is well."""
    monkeypatch.setattr(db, "BUSY_TIMEOUT_MS", 50)
    with held(parts):
        answer = send(url + HOOK, *webhook())
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "service_unavailable"
    assert int(answer.headers["Retry-After"]) >= 1
    assert (door.asked, all_events(parts)) == (0, [])
    assert send(url + HOOK, *webhook()).status_code == 200
