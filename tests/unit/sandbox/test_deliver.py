"""Deliveries: signed, retried, and wrong on request (Stora page: guides/webhooks)."""

import hashlib
import hmac
import json
import re
import time

import pytest
from werkzeug import Response

from connector.sandbox.deliver import sign
from connector.sandbox.deliveries import RETRIES_S

ZOE = (
    b'{"event":{"id":"evt_1234567890","type":"contact.created","api_version":"2025-09",'
    b'"created_at":"2025-01-15T10:30:00Z","data":{"contact":{"id":"con_0ac0514ed0711462",'
    b'"full_name":"Zo\xc3\xab Doe","email":"zoe@example.com"}}}}'
)


class Receiver:
    """Where webhooks arrive; it answers with what is next in `answers`, 204 by default."""

    def __init__(self, httpserver):
        self.url = httpserver.url_for("/hook")
        self.requests = []
        self.answers = []
        httpserver.expect_request("/hook").respond_with_handler(self.answer)
        httpserver.expect_request("/elsewhere").respond_with_handler(self.answer)

    def answer(self, request):
        """Keep the request and answer it."""
        self.requests.append((request.path, request.headers, request.get_data()))
        answer = self.answers.pop(0) if self.answers else Response(status=204)
        return answer() if callable(answer) and not isinstance(answer, Response) else answer

    def ids(self):
        """Return the event ids in the order of arrival."""
        return [json.loads(body)["event"]["id"] for _, _, body in self.requests]


@pytest.fixture
def receiver(httpserver):
    """A receiver on loopback."""
    return Receiver(httpserver)


def signature(headers, body, secret):
    """Return whether the signature is right, and its age in seconds."""
    found = re.fullmatch(r"t=(\d{10}),v1=([0-9a-f]{64})", headers["X-Stora-Signature"])
    signed = found[1].encode() + b"." + body
    expected = hmac.new(secret.encode("ascii"), signed, hashlib.sha256).hexdigest()
    return expected == found[2], time.time() - int(found[1])


@pytest.mark.parametrize(
    ("secret", "at", "body", "v1"),
    [
        (
            "01a9d2bc4f2301b5313a961ba198b0b900ea49478f9ba86fc8b409a5703a8131",
            1736937000,
            ZOE,
            "2029d1d32451f02aa21912704ee203a2aac1b6d346d96ce611e78a2b84556f13",
        ),
        (
            "test-secret",
            1700000000,
            b'{"event":{"id":"evt_1","type":"unit.occupied"}}',
            "b4340603d9368df44346216b7f7ea3261af4827de6b13a6dcde1d5553e155a03",
        ),
    ],
)
def test_the_signature_of_a_known_body(secret, at, body, v1):
    """The key is the secret's text, not the bytes it may stand for."""
    assert sign(secret, body, at) == f"t={at},v1={v1}"


def test_a_delivery_has_the_documented_body_and_headers(hands, sandbox, receiver):
    """The event in its envelope, signed with the endpoint's secret."""
    endpoint = hands.listen(receiver.url, "invoice.paid")
    sandbox.deliverer.start()

    [id] = hands.trigger("invoice.paid")["events"]
    hands.wait_for(lambda: receiver.requests)

    _, headers, body = receiver.requests[0]
    event = json.loads(body)["event"]
    assert event.keys() == {"id", "type", "api_version", "created_at", "data", "meta"}
    assert (event["id"], event["type"], event["api_version"]) == (id, "invoice.paid", "2025-09")
    assert event["data"].keys() == {"invoice"}
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == "Stora-Webhooks/1.0"
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["X-Stora-Request-Id"])
    right, age_s = signature(headers, body, endpoint["secret"])
    assert right
    assert -2 < age_s < 60


def test_only_those_who_listen_are_told(hands, sandbox, receiver):
    """Enabled endpoints of that operator that name the event type, each once."""
    told = hands.listen(f"{receiver.url}", "deal.won", "deal.lost")
    hands.listen(receiver.url, "deal.lost")
    hands.listen(receiver.url, "deal.won", token=hands.stranger.token)
    disabled = hands.listen(receiver.url, "deal.won")
    path = f"{hands.endpoints}/{disabled['id']}/disable"
    assert hands.client.post(path, headers=hands.bearer()).status_code == 200
    sandbox.deliverer.start()

    answer = hands.trigger("deal.won", count=3)
    assert (len(answer["events"]), answer["deliveries"]) == (3, 3)
    hands.wait_for(lambda: len(receiver.requests) == 3)
    assert sorted(receiver.ids()) == sorted(answer["events"])
    assert {delivery["endpoint_id"] for delivery in hands.deliveries()} == {told["id"]}


def test_the_retries_are_the_documented_ones():
    """1, 5 and 30 minutes; then 2, 6 and 24 hours, as assumed."""
    assert RETRIES_S == (60, 300, 1800, 7200, 21600, 86400)


def test_a_failure_is_retried_six_times_and_then_given_up(make, hands_on, receiver):
    """The same bytes, signed anew, with a request id of their own."""
    sandbox = make(speed=1_000_000)
    hands = hands_on(sandbox.test_client())
    endpoint = hands.listen(receiver.url, "deal.won")
    receiver.answers = [Response(status=500) for _ in range(7)]
    sandbox.deliverer.start()

    hands.trigger("deal.won")
    hands.wait_for(lambda: hands.deliveries()[0]["status"] == "failed")

    assert len(receiver.requests) == 7
    assert len({body for _, _, body in receiver.requests}) == 1
    assert len({headers["X-Stora-Request-Id"] for _, headers, _ in receiver.requests}) == 7
    assert all(signature(h, body, endpoint["secret"])[0] for _, h, body in receiver.requests)


def test_speed_divides_the_waits(make, hands_on, receiver):
    """60 makes a second of a minute."""
    sandbox = make(speed=60)
    hands = hands_on(sandbox.test_client())
    hands.listen(receiver.url, "deal.won")
    receiver.answers = [Response(status=503)]
    sandbox.deliverer.start()

    began = time.monotonic()
    hands.trigger("deal.won")
    hands.wait_for(lambda: len(receiver.requests) == 2)
    assert 0.9 < time.monotonic() - began < 5
    hands.wait_for(lambda: hands.deliveries()[0]["status"] == "delivered")
    assert [attempt["status"] for attempt in hands.deliveries()[0]["attempts"]] == [503, 204]


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (200, {}, "delivered"),
        (299, {}, "delivered"),
        (300, {}, "pending"),
        (302, {"Location": "/elsewhere"}, "pending"),
        (307, {"Location": "/elsewhere"}, "pending"),
        (404, {}, "pending"),
        (410, {}, "pending"),
        (500, {}, "pending"),
    ],
)
def test_a_2xx_is_success_and_nothing_else(hands, sandbox, receiver, status, headers, outcome):
    """Redirects are not followed."""
    hands.listen(receiver.url, "deal.won")
    receiver.answers = [Response("hello", status, headers)]
    sandbox.deliverer.start()

    hands.trigger("deal.won")
    hands.wait_for(lambda: hands.deliveries()[0]["attempts"])

    [delivery] = hands.deliveries()
    assert delivery["status"] == outcome
    assert delivery["attempts"][0]["status"] == status
    assert delivery["attempts"][0]["answer"] == "hello"
    assert [path for path, _, _ in receiver.requests] == ["/hook"]


def test_no_answer_in_time_is_a_failure(make, hands_on, receiver):
    """The whole attempt has the time, not each read."""
    sandbox = make(timeout_s=0.3)
    hands = hands_on(sandbox.test_client())
    hands.listen(receiver.url, "deal.won")

    def dripping():
        for _ in range(20):
            time.sleep(0.1)
            yield b"x"

    receiver.answers = [lambda: Response(dripping())]
    sandbox.deliverer.start()
    hands.trigger("deal.won")
    hands.wait_for(lambda: hands.deliveries()[0]["attempts"])

    [attempt] = hands.deliveries()[0]["attempts"]
    assert attempt["status"] is None
    assert "timed out" in attempt["error"]


def test_nobody_there_is_a_failure(hands, sandbox):
    """A refused connection is tried again like any other failure."""
    hands.listen("http://127.0.0.1:9/hook", "deal.won")
    sandbox.deliverer.start()
    hands.trigger("deal.won")
    hands.wait_for(lambda: hands.deliveries()[0]["attempts"])

    [delivery] = hands.deliveries()
    assert (delivery["status"], delivery["attempts"][0]["status"]) == ("pending", None)
    assert delivery["next_attempt_at"] is not None


def test_an_endless_answer_is_cut_off(hands, sandbox, receiver):
    """Its status counts; the log keeps its beginning."""
    hands.listen(receiver.url, "deal.won")
    receiver.answers = [Response(b"x" * 10_000_000, 200)]
    sandbox.deliverer.start()
    hands.trigger("deal.won")
    hands.wait_for(lambda: hands.deliveries()[0]["attempts"])

    [delivery] = hands.deliveries()
    assert delivery["status"] == "delivered"
    assert delivery["attempts"][0]["answer"] == "x" * 1024


@pytest.mark.parametrize("gone", ["delete", "disable"])
def test_what_waits_for_an_endpoint_that_is_gone_is_dropped(hands, sandbox, receiver, gone):
    """Nothing is sent any more."""
    endpoint = hands.listen(receiver.url, "deal.won")
    hands.trigger("deal.won")
    path = f"{hands.endpoints}/{endpoint['id']}"
    if gone == "delete":
        hands.client.delete(path, headers=hands.bearer())
    else:
        hands.client.post(f"{path}/disable", headers=hands.bearer())

    sandbox.deliverer.start()
    hands.wait_for(lambda: hands.deliveries()[0]["status"] == "dropped")
    assert receiver.requests == []


# ---- faults ------------------------------------------------------------------------------------


def test_a_duplicate_has_the_same_event_id(hands, sandbox, receiver):
    """Twice the event, two request ids; the next delivery is right again."""
    hands.listen(receiver.url, "deal.won")
    hands.set_faults(webhooks=[{"kind": "duplicate"}])
    sandbox.deliverer.start()

    [first] = hands.trigger("deal.won")["events"]
    hands.wait_for(lambda: len(receiver.requests) == 2)
    assert receiver.ids() == [first, first]
    assert len({headers["X-Stora-Request-Id"] for _, headers, _ in receiver.requests}) == 2
    [second] = hands.trigger("deal.won")["events"]
    hands.wait_for(lambda: len(receiver.requests) == 3)
    assert receiver.ids()[2:] == [second]


def test_a_reordered_delivery_is_overtaken(hands, sandbox, receiver):
    """The first comes last."""
    hands.listen(receiver.url, "deal.won")
    hands.set_faults(webhooks=[{"kind": "reorder"}])
    sandbox.deliverer.start()

    first, *later = hands.trigger("deal.won", count=4)["events"]
    hands.wait_for(lambda: len(receiver.requests) == 4)
    assert receiver.ids()[-1] == first
    assert sorted(receiver.ids()[:-1]) == sorted(later)


@pytest.mark.parametrize(
    ("kind", "right", "youngest_s"),
    [("wrong_signature", False, -2), ("stale_timestamp", True, 3500)],
)
def test_a_bad_signature_is_bad_once(make, hands_on, receiver, kind, right, youngest_s):
    """The retry is signed rightly, now."""
    sandbox = make(speed=1000)
    hands = hands_on(sandbox.test_client())
    endpoint = hands.listen(receiver.url, "deal.won")
    hands.set_faults(webhooks=[{"kind": kind}])
    receiver.answers = [Response(status=401)]
    sandbox.deliverer.start()

    hands.trigger("deal.won")
    hands.wait_for(lambda: len(receiver.requests) == 2)
    (_, bad, body), (_, good, _) = receiver.requests
    is_right, age_s = signature(bad, body, endpoint["secret"])
    assert is_right is right
    assert youngest_s < age_s < 4000
    is_right, age_s = signature(good, body, endpoint["secret"])
    assert is_right
    assert age_s < 60
    hands.wait_for(lambda: hands.deliveries()[0]["status"] == "delivered")
    assert [each["fault"] for each in hands.deliveries()[0]["attempts"]] == [kind, None]
