"""Faults of the API on request."""

import threading
import time
from contextlib import contextmanager

import pytest
import requests
from served import served as served_by_werkzeug

from connector.web.intake import Intake
from connector.web.server import Server, listen


def index(hands):
    """Make one call of the API."""
    return hands.client.get(hands.endpoints, headers=hands.bearer())


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500)])
def test_a_fault_happens_as_often_as_asked(hands, kind, status):
    """And then no more."""
    hands.set_faults(api=[{"kind": kind, "times": 2}])

    assert [index(hands).status_code for _ in range(3)] == [status, status, 200]


def test_a_429_says_when_to_come_back(hands):
    """With the headers of the real one."""
    hands.set_faults(api=[{"kind": "429", "seconds": 5}])

    headers = index(hands).headers
    assert headers["RateLimit-Limit"] == "10"
    assert int(headers["RateLimit-Reset"]) > 1_740_000_000


def test_a_fault_hits_the_path_and_method_it_names(hands):
    """A prefix, and any method unless one is named; the dials do not hit themselves."""
    hands.set_faults(
        api=[
            {"kind": "500", "path": "/oauth2/token", "times": 9},
            {"kind": "500", "path": "/2025-09", "method": "POST", "times": 9},
        ]
    )

    assert index(hands).status_code == 200
    assert hands.refresh("any").status_code == 500
    assert hands.refresh("any").json["error"]["code"] == "internal_server_error"
    assert hands.client.post(hands.endpoints, headers=hands.bearer()).status_code == 500
    hands.set_faults(api=[{"kind": "500", "times": 9}])
    assert hands.client.get("/oauth2/authorize").status_code == 500
    assert hands.client.get("/_sandbox/faults").status_code == 200
    assert hands.client.get("/").status_code == 200


def test_a_500_does_nothing(hands):
    """It fails instead of working."""
    token = hands.connect()
    hands.set_faults(api=[{"kind": "500"}])
    assert hands.refresh(token["refresh_token"]).status_code == 500

    assert hands.info(token["access_token"]).status_code == 200
    assert hands.refresh(token["refresh_token"]).status_code == 200


def test_a_slow_answer_comes_in_the_end(hands):
    """After the seconds asked for."""
    hands.set_faults(api=[{"kind": "slow", "seconds": 0.2}])

    began = time.monotonic()
    assert index(hands).status_code == 200
    assert time.monotonic() - began >= 0.2
    assert hands.client.get("/_sandbox/requests").json["requests"][-1]["fault"] == "slow"


@contextmanager
def served_by_the_intake(sandbox):
    """Serve the sandbox as the command line does."""
    with listen("127.0.0.1", 0) as sock:
        server = Server(Intake(sandbox), sock)
        thread = threading.Thread(target=server.run)
        thread.start()
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        server.stop()
        thread.join()


@pytest.mark.parametrize("served", [served_by_werkzeug, served_by_the_intake])
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_a_lost_answer_is_a_broken_connection(hands, sandbox, served, method):
    """The work is done, but the client cannot know."""
    endpoint = hands.listen("https://example.com/hook", "deal.won")
    path = hands.endpoints if method != "DELETE" else f"{hands.endpoints}/{endpoint['id']}"
    body = {key: endpoint[key] for key in ("name", "api_version", "url", "event_types")}
    hands.set_faults(api=[{"kind": "lost_answer"}])

    with (
        served(sandbox) as base_url,
        pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)),
    ):
        requests.request(method, base_url + path, json=body, headers=hands.bearer(), timeout=10)

    left = {"POST": 2, "GET": 1, "DELETE": 0}[method]
    assert len(hands.client.get("/_sandbox/endpoints").json["endpoints"]) == left


@pytest.mark.parametrize(
    ("dials", "pointer"),
    [
        ({"api": [{"kind": "lost"}]}, "/api/0/kind"),
        ({"api": [{}]}, "/api/0/kind"),
        ({"api": [{"kind": "slow", "seconds": 601}]}, "/api/0/seconds"),
        ({"api": [{"kind": "slow", "seconds": -1}]}, "/api/0/seconds"),
        ({"api": [{"kind": "500", "times": 0}]}, "/api/0/times"),
        ({"api": [{"kind": "500", "times": "1"}]}, "/api/0/times"),
        ({"api": [{"kind": "500", "more": 1}]}, "/api/0/more"),
        ({"api": [{"kind": "500"}] * 101}, "/api"),
        ({"webhooks": [{"kind": "500"}]}, "/webhooks/0/kind"),
        ({"web": []}, "/web"),
    ],
)
def test_wrong_dials_are_named(hands, dials, pointer):
    """422, and the dials stay as they were."""
    hands.set_faults(webhooks=[{"kind": "duplicate"}])

    response = hands.client.put("/_sandbox/faults", json=dials)
    assert response.status_code == 422
    assert response.json["error"]["details"][0]["pointer"] == pointer
    assert hands.client.get("/_sandbox/faults").json == {
        "api": [],
        "webhooks": [{"kind": "duplicate", "times": 1}],
    }
