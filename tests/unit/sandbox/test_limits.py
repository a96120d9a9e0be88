"""Rate limits: 10 calls a second, 60 a minute (Stora page: guides/requests)."""

import pytest
import time_machine

START = 1_740_000_000  # the first second of a minute


@pytest.fixture
def clock():
    """A clock that stands still."""
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def hands(make, hands_on, clock):
    """Hands on a sandbox with Stora's limits."""
    return hands_on(make(limits=True).test_client())


def call(hands, token=None):
    """Make one call."""
    return hands.client.get(hands.endpoints, headers=hands.bearer(token or hands.operator.token))


def test_ten_calls_in_a_second_pass_and_the_eleventh_does_not(hands, clock):
    """429 with the limit and the epoch second at which it ends, and like Stora no Retry-After."""
    assert [call(hands).status_code for _ in range(10)] == [200] * 10

    response = call(hands)
    assert response.status_code == 429
    assert response.json["error"]["code"] == "too_many_requests"
    assert response.headers["RateLimit-Limit"] == "10"
    assert response.headers["RateLimit-Reset"] == str(START + 1)
    assert "Retry-After" not in response.headers

    clock.shift(1)
    assert call(hands).status_code == 200


def test_sixty_calls_in_a_minute_pass_and_the_next_does_not(hands, clock):
    """Refused calls do not count."""
    for _ in range(6):
        assert [call(hands).status_code for _ in range(11)] == [200] * 10 + [429]
        clock.shift(1)

    response = call(hands)
    assert response.headers["RateLimit-Limit"] == "60"
    assert response.headers["RateLimit-Reset"] == str(START + 60)
    clock.shift(54)
    assert call(hands).status_code == 200


def test_callers_do_not_count_for_each_other(hands):
    """Each application and access token at each operator has its own."""
    partner, again = hands.connect()["access_token"], hands.connect()["access_token"]
    for token in (hands.operator.token, hands.stranger.token):
        assert [call(hands, token).status_code for _ in range(10)] == [200] * 10
        assert call(hands, token).status_code == 429

    assert [call(hands, partner).status_code for _ in range(10)] == [200] * 10
    assert call(hands, again).status_code == 429


def test_the_numbers_can_be_given(make, hands_on, clock):
    """For tests that cannot wait a minute."""
    hands = hands_on(make(limits=True, per_second=2, per_minute=3).test_client())

    assert [call(hands).status_code for _ in range(3)] == [200, 200, 429]
    clock.shift(1)
    assert [call(hands).status_code for _ in range(2)] == [200, 429]


def test_the_limits_can_be_off(make, hands_on, clock):
    """For tests of load."""
    hands = hands_on(make(limits=False).test_client())

    assert {call(hands).status_code for _ in range(100)} == {200}
