"""The story of a delivery: what each attempt sent and what came back, from what is kept."""

import re
import threading
from http.server import BaseHTTPRequestHandler

import pytest
import time_machine
from receiver import Receiver, receiver
from sqlalchemy import insert
from stage import SECRET, all_deliveries, connect, listen
from unit.test_dispatcher import eventually, take

from connector import world
from connector.dispatcher import Dispatcher
from connector.flows.delivery_story import TRIES, Story, story_of
from connector.flows.parts import Parts
from connector.flows.secret import OVERLAP_MS, rotate_secret
from connector.store.tables import attempts

MOMENT_S = 1_790_000_000.0


def told(parts: Parts) -> Story:
    """Return the story of the only delivery."""
    (row,) = all_deliveries(parts)
    return story_of(parts, "conn_1", row.id)


def tried_at(parts: Parts, *moments: int) -> Story:
    """Return the story of a delivery that was tried at these moments (ms)."""
    take(parts, "evt_1")
    (row,) = all_deliveries(parts)
    keys = {"connection_id": "conn_1", "delivery_id": row.id}
    with parts.store.begin() as c:
        for number, at in enumerate(moments, 1):
            tried = {"number": number, "started_at": at, "duration_ms": 1, "status": 500}
            c.execute(insert(attempts).values(keys | tried))
    return told(parts)


def delivered(parts: Parts, workflow: Receiver) -> Story:
    """Let one event be delivered by a real dispatcher; return its story."""
    listen(parts, url=f"{workflow.url}/hook?x=1")
    take(parts, "evt_1")
    dispatcher, stop = Dispatcher(parts), threading.Event()
    thread = threading.Thread(target=dispatcher.run, args=(stop,))
    thread.start()
    try:
        assert eventually(lambda: all_deliveries(parts)[0].attempts == 1)
        assert eventually(lambda: all_deliveries(parts)[0].lease is None)
    finally:
        stop.set()
        thread.join(30)
    return told(parts)


def test_what_was_sent_is_what_arrived(parts: Parts) -> None:
    """Every header in its order and with its value; of signatures only the beginning is told."""
    connect(parts)
    with receiver() as workflow:
        (sent,) = [each.sent for each in delivered(parts, workflow).tries]
        (arrival,) = workflow.wait_for(1)
    assert sent.line == f"POST {arrival.path} HTTP/1.1"
    assert [name for name, _ in sent.headers] == list(arrival.headers)
    for name, value in sent.headers:
        arrived = arrival.headers[name]
        assert re.fullmatch(re.escape(value).replace("…", r"\S{20,}"), arrived), name
    assert (sent.is_signed, sent.may_differ) == (True, False)
    whole = re.findall(r"v1[=,](\S+)", " ".join(arrival.headers.values()))
    assert len(whole) == 2
    assert not any(signature in sent.text for signature in (*whole, SECRET))


def test_what_was_answered_is_told(parts: Parts) -> None:
    """Status line, telling headers and the beginning of the body; no cookie."""

    def refuse(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(401, "Who are you")
        for name, value in (
            ("WWW-Authenticate", "Basic"),
            ("Set-Cookie", "a=b"),
            ("Content-Length", "8"),
        ):
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(b"<b>no</b>"[:8])

    connect(parts)
    with receiver() as workflow:
        workflow.answer = refuse
        (attempt,) = delivered(parts, workflow).tries
    first, *headers = attempt.head.split("\n")
    assert first == "HTTP/1.1 401 Who are you"
    assert [each.partition(":")[0] for each in headers] == ["Server", "WWW-Authenticate"]
    assert attempt.answer == "<b>no</b"
    assert attempt.told.startswith("Answered 401")


def test_signatures_are_those_of_the_moment(parts: Parts) -> None:
    """Before a change of the secret they are unknown; for a day both sign; then only the new."""
    connect(parts)
    now = int(MOMENT_S * 1000)
    with time_machine.travel(MOMENT_S, tick=False):
        listen(parts)
        rotate_secret(parts, "conn_1", "we_1", actor="test")
        story = tried_at(parts, now - 1, now, now + OVERLAP_MS - 1, now + OVERLAP_MS)
    values = [dict(each.sent.headers)["X-Stora-Signature"] for each in story.tries]
    assert [value.count("v1=") for value in values] == [0, 2, 2, 1]
    assert [each.sent.is_signed for each in story.tries] == [False, True, True, True]
    assert [each.sent.may_differ for each in story.tries] == [True, False, False, False]
    assert values[0] == f"t={(now - 1) // 1000}"


def test_a_secret_that_no_key_opens_leaves_the_page(parts: Parts) -> None:
    """The signatures are left out; the rest of the story is told."""
    connect(parts)
    listen(parts, secret_sealed="sealed with a key that is gone")
    (attempt,) = tried_at(parts, world.now_ms()).tries
    assert not attempt.sent.is_signed
    assert "webhook-id: evt_1" in attempt.sent.text


@pytest.mark.parametrize(("count", "earlier"), [(TRIES, 0), (TRIES + 1, 1)])
def test_the_newest_attempts_are_told(parts: Parts, count: int, earlier: int) -> None:
    """30 of them, in order; how many there were before is said."""
    connect(parts)
    listen(parts)
    story = tried_at(parts, *range(1, count + 1))
    assert (len(story.tries), story.earlier) == (TRIES, earlier)
    assert [each.number for each in story.tries] == list(range(earlier + 1, count + 1))
