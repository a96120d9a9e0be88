"""Idempotency-Key: a POST is answered once in 24 hours (Stora page: guides/requests)."""

import pytest
import time_machine
from parallel import at_once

GOOD = {
    "name": "N",
    "api_version": "2025-09",
    "url": "https://example.com/hook",
    "event_types": ["deal.won"],
}


def post(hands, key, body=GOOD, token=None, client=None):
    """Create an endpoint under a key."""
    headers = hands.bearer(token or hands.operator.token) | {"Idempotency-Key": key}
    return (client or hands.client).post(hands.endpoints, json=body, headers=headers)


def count(hands):
    """Return how many endpoints there are."""
    return len(hands.client.get("/_sandbox/endpoints").json["endpoints"])


def test_the_same_key_gives_the_same_answer(hands):
    """Byte for byte, whatever is sent the second time; one endpoint exists."""
    first = post(hands, "key")
    second = post(hands, "key", GOOD | {"name": "Other"})

    assert (second.status_code, second.data) == (first.status_code, first.data)
    assert second.content_type == first.content_type
    assert post(hands, "another").json["endpoint"]["id"] != first.json["endpoint"]["id"]
    assert count(hands) == 2


def test_errors_are_kept_too(hands):
    """A 422 and a 500 come back unchanged; only a new key can succeed."""
    wrong = post(hands, "wrong", {})
    assert wrong.status_code == 422
    assert post(hands, "wrong").data == wrong.data

    hands.set_faults(api=[{"kind": "500"}])
    failed = post(hands, "failed")
    assert (failed.status_code, failed.json["error"]["code"]) == (500, "internal_server_error")
    assert failed.json["error"]["type"] == "api_error"
    assert post(hands, "failed").data == failed.data
    assert count(hands) == 0
    assert post(hands, "fresh").status_code == 201


def test_what_was_not_answered_is_not_kept(hands):
    """A 429, a bad token and a missing scope leave the key unused."""
    hands.set_faults(api=[{"kind": "429"}])
    assert post(hands, "key").status_code == 429
    assert post(hands, "key", token="unknown").status_code == 401
    narrow = hands.token(
        grant_type="client_credentials",
        client_id="harbour-id",
        client_secret="harbour-secret",
        scope="public.webhook_endpoint:read",
    ).json["access_token"]
    assert post(hands, "key", token=narrow).status_code == 403

    assert post(hands, "key").status_code == 201


def test_a_lost_answer_is_found_again(hands):
    """The work was done; the same key tells what came of it."""
    hands.set_faults(api=[{"kind": "lost_answer"}])
    assert post(hands, "key").data == b""

    assert post(hands, "key").status_code == 201
    assert count(hands) == 1


@pytest.mark.parametrize(("after_s", "same"), [(86_399, True), (86_400, False)])
def test_a_key_is_kept_for_a_day(hands, after_s, same):
    """Afterwards it is new."""
    with time_machine.travel(1_740_000_000, tick=False) as clock:
        first = post(hands, "key").data
        clock.shift(after_s)
        assert (post(hands, "key").data == first) is same


def test_operators_have_their_own_keys(hands):
    """A stranger's key is another key."""
    first = post(hands, "key").json["endpoint"]
    second = post(hands, "key", token=hands.stranger.token).json["endpoint"]

    assert first["id"] != second["id"]


def test_only_a_post_has_a_key(hands):
    """PATCH and DELETE are done each time."""
    path = f"{hands.endpoints}/{post(hands, 'key').json['endpoint']['id']}"
    headers = hands.bearer() | {"Idempotency-Key": "key"}

    for name in ("one", "two"):
        response = hands.client.patch(path, json={"name": name}, headers=headers)
        assert response.json["endpoint"]["name"] == name


@pytest.mark.parametrize(("length", "status"), [(1, 201), (255, 201), (0, 400), (256, 400)])
def test_a_key_has_1_to_255_characters(hands, length, status):
    """The key, not the body, is at fault."""
    assert post(hands, "k" * length).status_code == status


def test_the_same_key_at_the_same_moment_makes_one(hands, sandbox):
    """Twenty at once: one endpoint, one answer."""
    answers = at_once(20, lambda _: post(hands, "key", client=sandbox.test_client()).data)
    assert answers == [answers[0]] * 20
    assert count(hands) == 1
