"""Every call of Stora has a good token, waits when told to, and repeats only what may be."""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from account import HILLTOP, Stora, connect, the

from connector import errors
from connector.flows.call import REFUSED_NEW, call_stora
from connector.flows.connect import connect_access_token
from connector.flows.parts import Parts
from connector.stora.client import StoraClient

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ENDPOINTS = "/webhook_endpoints"
ON_THE_WIRE = f"/2025-09{ENDPOINTS}"
BODY = {
    "name": "N",
    "api_version": "2025-09",
    "url": "https://example.com/hook",
    "event_types": ["invoice.paid"],
}


def endpoints(parts: Parts, connection_id: str) -> list[Any]:
    """Return what there is in Stora."""
    found: list[Any] = call_stora(parts, connection_id, "GET", ENDPOINTS).body["endpoints"]
    return found


# ---- the token ---------------------------------------------------------------------------------


def test_a_401_is_mended_by_one_refresh(parts: Parts, stora: Stora, connection_id: str) -> None:
    """A token that ended too early is renewed and the call repeated, unseen by the caller."""
    stora.end_tokens("expire")
    assert call_stora(parts, connection_id, "GET", ENDPOINTS).status == 200
    assert stora.calls("POST", "/oauth2/token") == 1
    assert stora.calls("GET", ON_THE_WIRE) == 2


def test_a_second_401_costs_no_connection(
    parts: Parts, stora: Stora, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that is refused though it is new fails the call after one refresh, and only it.

    The grant is good, as its renewal showed: the next call renews the token again (law 5).
    """
    real = StoraClient.call

    def refuse(self: StoraClient, token: str, method: str, path: str, **options: Any) -> Any:
        stora.end_tokens("expire")
        return real(self, token, method, path, **options)

    with monkeypatch.context() as trouble:
        trouble.setattr(StoraClient, "call", refuse)
        with pytest.raises(errors.StoraUnavailable) as caught:
            call_stora(parts, connection_id, "GET", ENDPOINTS)
    assert caught.value.message == REFUSED_NEW
    assert (caught.value.lost, caught.value.answered) == (False, False)
    assert caught.value.retry_after
    assert stora.calls("POST", "/oauth2/token") == 1
    assert stora.calls("GET", ON_THE_WIRE) == 2
    assert the(parts, connection_id).status == "active"
    assert endpoints(parts, connection_id) == []


def test_a_401_of_an_ended_grant_needs_a_person(
    parts: Parts, stora: Stora, connection_id: str
) -> None:
    """The token endpoint says that the grant is over, so the connection ends."""
    stora.end_tokens("revoke")
    with pytest.raises(errors.NeedsReauth):
        endpoints(parts, connection_id)
    assert the(parts, connection_id).status == "needs_reauth"


def test_a_removed_access_token_needs_a_person(parts: Parts, stora: Stora) -> None:
    """A token made by hand that Stora no longer knows ends the connection at once."""
    connection_id = connect_access_token(parts, "harbour-token")
    stora.sandbox.access.revoke("harbour-token")
    with pytest.raises(errors.NeedsReauth):
        call_stora(parts, connection_id, "GET", ENDPOINTS)
    assert the(parts, connection_id).status == "needs_reauth"


# ---- repeating ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["500", "lost_answer"])
def test_a_get_is_repeated_twice(parts: Parts, stora: Stora, connection_id: str, kind: str) -> None:
    """Reading may be repeated: the third attempt succeeds."""
    stora.fail(kind=kind, path=ON_THE_WIRE, times=2)
    assert endpoints(parts, connection_id) == []
    assert stora.calls("GET", ON_THE_WIRE) == 3


def test_a_get_is_not_repeated_three_times(parts: Parts, stora: Stora, connection_id: str) -> None:
    """After the third failure the caller is told."""
    stora.fail(kind="500", path=ON_THE_WIRE, times=10)
    with pytest.raises(errors.StoraUnavailable):
        endpoints(parts, connection_id)
    assert stora.calls("GET", ON_THE_WIRE) == 3


def test_nothing_is_repeated_after_the_wait(parts: Parts, stora: Stora, connection_id: str) -> None:
    """Who cannot wait gets the first failure at once."""
    stora.fail(kind="500", path=ON_THE_WIRE, times=10)
    with pytest.raises(errors.StoraUnavailable):
        call_stora(parts, connection_id, "GET", ENDPOINTS, wait_s=0)
    assert stora.calls("GET", ON_THE_WIRE) == 1


def test_a_lost_post_with_a_key_is_repeated_with_that_key(
    parts: Parts, stora: Stora, connection_id: str
) -> None:
    """The same key brings the answer that was lost: one endpoint, with its secret (law 14)."""
    stora.fail(kind="lost_answer", path=ON_THE_WIRE)
    made = call_stora(parts, connection_id, "POST", ENDPOINTS, json=BODY, idempotency_key="k")
    assert made.status == 201
    assert len(made.body["endpoint"]["secret"]) == 64
    assert [found["id"] for found in endpoints(parts, connection_id)] == [
        made.body["endpoint"]["id"]
    ]


def test_a_lost_post_without_a_key_is_not_repeated(
    parts: Parts, stora: Stora, connection_id: str
) -> None:
    """Nobody knows whether it was done, so it is not done again; the error says so."""
    stora.fail(kind="lost_answer", path=ON_THE_WIRE)
    with pytest.raises(errors.StoraUnavailable) as caught:
        call_stora(parts, connection_id, "POST", ENDPOINTS, json=BODY)
    assert caught.value.lost
    assert stora.calls("POST", ON_THE_WIRE) == 1
    assert len(endpoints(parts, connection_id)) == 1


def test_a_failure_that_stora_keeps_is_not_repeated_with_its_key(
    parts: Parts, stora: Stora, connection_id: str
) -> None:
    """Stora repeats a kept 500 for its key; a fresh key, which is the caller's to make, works."""
    stora.fail(kind="500", path=ON_THE_WIRE)
    for _ in range(2):
        with pytest.raises(errors.StoraUnavailable) as caught:
            call_stora(parts, connection_id, "POST", ENDPOINTS, json=BODY, idempotency_key="k")
        assert not caught.value.lost
    assert stora.calls("POST", ON_THE_WIRE) == 2
    made = call_stora(parts, connection_id, "POST", ENDPOINTS, json=BODY, idempotency_key="k2")
    assert made.status == 201


def test_what_stora_refuses_is_not_repeated(parts: Parts, stora: Stora, connection_id: str) -> None:
    """A refusal is passed on with its pointers, at once."""
    with pytest.raises(errors.StoraRefused) as caught:
        call_stora(parts, connection_id, "POST", ENDPOINTS, json={**BODY, "url": "ftp://x"})
    assert [detail["pointer"] for detail in caught.value.details] == ["/url"]
    assert stora.calls("POST", ON_THE_WIRE) == 1


# ---- a 429 -------------------------------------------------------------------------------------


def test_a_429_is_waited_for(parts: Parts, stora: Stora, connection_id: str) -> None:
    """When Stora asks to wait and there is time, the call waits and then succeeds."""
    stora.fail(kind="429", path=ON_THE_WIRE, seconds=2)
    began = time.monotonic()
    assert endpoints(parts, connection_id) == []
    assert time.monotonic() - began >= 0.9
    assert stora.calls("GET", ON_THE_WIRE) == 2


def test_a_429_blocks_everybody_of_the_connection(
    parts: Parts, stora: Stora, connection_id: str, more_parts: Callable[[], Parts]
) -> None:
    """What Stora told one caller holds for all processes, and for no other connection."""
    other = connect(parts, stora, HILLTOP)
    stora.sandbox.gate.log.clear()
    stora.fail(kind="429", path=ON_THE_WIRE, seconds=30)
    for on in (parts, more_parts(), parts):
        with pytest.raises(errors.TooManyRequests) as caught:
            call_stora(on, connection_id, "GET", ENDPOINTS, wait_s=0.1)
        assert caught.value.retry_after
        assert 25 < caught.value.retry_after <= 30
        assert int(caught.value.headers["Retry-After"]) >= caught.value.retry_after
    assert stora.calls("GET", ON_THE_WIRE) == 1
    assert call_stora(parts, other, "GET", ENDPOINTS).status == 200


def test_a_429_that_does_not_say_how_long_backs_off(
    parts: Parts, connection_id: str, stora: Stora, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a header the wait is one second, then two: never a hot loop."""
    moments: list[float] = []

    def refuse(*args: Any, **options: Any) -> Any:
        moments.append(time.monotonic())
        raise errors.TooManyRequests

    monkeypatch.setattr(StoraClient, "call", refuse)
    with pytest.raises(errors.TooManyRequests):
        call_stora(parts, connection_id, "GET", ENDPOINTS, wait_s=3.5)
    first, second = (after - before for before, after in pairwise(moments))
    assert first >= 0.99
    assert second >= 1.99
