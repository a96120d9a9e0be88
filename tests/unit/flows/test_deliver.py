"""Deliver: the request that goes out, what an outcome means, and when to try again."""

import base64
import hashlib
import hmac
import itertools
import json
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.flows import deliver
from connector.flows.deliver import judge, next_attempt, request_of, retry_after, skipped
from connector.flows.send import Outcome
from connector.stora.signature import verify
from connector.store.ledger import Due
from connector.store.secrets import Vault, new_key

NOW = 1_700_000_000_000
HOUR = 3_600_000
VAULT = Vault((new_key(),))
DUE = Due(
    connection_id="conn_1",
    delivery_id="dlv_1",
    endpoint_id="we_1",
    event_id="evt_1",
    event_type="invoice.paid",
    attempt=1,
    give_up_at=NOW + 75 * HOUR,
    body=b'{"event": {}}\n',
    url="https://example.com/hook",
    endpoint_status="enabled",
    deleted_at=None,
    secret_sealed=VAULT.seal("5a" * 32),
    previous_secret_sealed=None,
    previous_secret_until=None,
    not_found_since=None,
)


def verdict(due: Due = DUE, now: int = NOW, **outcome: object) -> deliver.Judgement:
    """Judge an attempt that began a second before `now`."""
    return judge(due, Outcome("dlv_1", **outcome), lease="l", started=now - 1000, now=now)  # type: ignore[arg-type]


def test_the_body_goes_out_byte_for_byte_with_both_signatures() -> None:
    """Stora's signature and Standard Webhooks' both verify with the endpoint's own secret."""
    request = request_of(DUE, VAULT, NOW)
    assert request.body == DUE.body
    assert verify(request.headers["X-Stora-Signature"], request.body, ["5a" * 32], NOW // 1000).ok
    signed = f"evt_1.{NOW // 1000}.".encode() + DUE.body
    mac = hmac.new(bytes.fromhex("5a" * 32), signed, hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()
    assert request.headers["webhook-id"] == "evt_1"
    assert request.headers["webhook-timestamp"] == str(NOW // 1000)
    assert request.headers["User-Agent"].startswith("Unitwire/")


def test_while_a_secret_is_rotated_both_sign() -> None:
    """Until the previous secret ends, either of the two verifies; afterwards only the new one."""
    due = DUE._replace(previous_secret_sealed=VAULT.seal("b7" * 32), previous_secret_until=NOW + 1)
    for now, old_is_good in ((NOW, True), (NOW + 1, False)):
        header = request_of(due, VAULT, now).headers["X-Stora-Signature"]
        assert verify(header, due.body, ["5a" * 32], now // 1000).ok
        assert verify(header, due.body, ["b7" * 32], now // 1000).ok is old_is_good


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(status: int) -> None:
    """It is delivered, and nothing more is due."""
    result = verdict(status=status).result
    assert (result.status, result.due, result.finished_at) == ("delivered", None, NOW)


def test_a_2xx_whose_body_breaks_off_is_success() -> None:
    """The status line says that the workflow took it."""
    assert verdict(status=200, error="timeout").result.status == "delivered"


@pytest.mark.parametrize("status", [0, 100, 300, 301, 302, 307, 400, 401, 404, 429, 500, 503, 599])
def test_everything_else_is_tried_again(status: int) -> None:
    """A failure of any kind is pending, later, with a reason for people."""
    result = verdict(status=status, error="" if status else "connect").result
    assert result.status == "pending"
    assert result.due is not None
    assert result.due > NOW
    assert result.reason


def test_410_ends_the_endpoint() -> None:
    """The delivery is dead at once, and the endpoint is to be removed."""
    judgement = verdict(status=410)
    assert (judgement.result.status, judgement.endpoint) == ("dead", "end")


def test_404_disables_after_hours_only() -> None:
    """The first 404 is noted, later ones wait, and the limit is exact; anything else ends it."""
    assert verdict(status=404).endpoint == "not_found"
    limit = deliver.NOT_FOUND_MS
    since = DUE._replace(not_found_since=NOW)
    assert verdict(since, NOW + limit - 1, status=404).endpoint == ""
    assert verdict(since, NOW + limit, status=404).endpoint == "disable"
    assert verdict(since, status=500).endpoint == "found"
    assert verdict(since, status=200).endpoint == "found"
    assert verdict(since, status=0, error="timeout").endpoint == ""


def test_retry_after_is_never_undercut() -> None:
    """Seconds and dates are both obeyed, whatever our own step would be."""
    for header in ("3600", formatdate(NOW / 1000 + 3600, usegmt=True)):
        due = verdict(status=429, retry_after=header).result.due
        assert due is not None
        assert due >= NOW + HOUR


def test_retry_after_beyond_the_horizon_is_the_end() -> None:
    """A target that asks to wait longer than events are kept for it gets no earlier attempt."""
    late = verdict(status=503, retry_after=str(75 * 3600 + 1)).result
    assert late.status == "dead"
    assert "one attempt" in (late.reason or "")
    assert "asks to wait longer" in (late.reason or "")
    assert verdict(status=503, retry_after=str(60 * 3600)).result.status == "pending"


@pytest.mark.parametrize(
    "header", ["", "soon", "-5", "1e9", "١٢", "Wed, 99 Foo 2026", "9" * 5000, "\x00"]
)
def test_a_senseless_retry_after_does_no_harm(header: str) -> None:
    """What cannot be read asks for nothing, or is cut to what a number can hold."""
    assert retry_after(header, NOW) in (0, 999_999_999.0)


@given(st.text())
def test_no_retry_after_raises(header: str) -> None:
    """Any text gives a number of seconds that is not negative."""
    assert retry_after(header, NOW) >= 0


@given(
    number=st.integers(1, 100), chance=st.floats(0, 1, exclude_max=True), asked=st.floats(0, 1e6)
)
def test_the_next_attempt_is_later_and_jitter_only_adds(
    number: int, chance: float, asked: float
) -> None:
    """Chance never makes an attempt earlier than without it, nor earlier than was asked."""
    plain = next_attempt(number, NOW, asked_s=asked)
    spread = next_attempt(number, NOW, asked_s=asked, chance=chance)
    assert NOW < plain <= spread
    assert plain >= NOW + int(asked * 1000)


def test_steps_never_shrink() -> None:
    """Each wait is at least as long as the one before."""
    waits = [next_attempt(n, 0) for n in range(1, 30)]
    assert all(a <= b for a, b in itertools.pairwise(waits))


@pytest.mark.parametrize("hours", [1, 75, 192])
def test_the_schedule_reaches_its_horizon_and_no_further(hours: int) -> None:
    """A target that never answers is tried until the horizon's last moment, then given up."""
    due = DUE._replace(give_up_at=NOW + hours * HOUR)
    now, tried = NOW, [NOW]
    while (result := verdict(due, now, status=0, error="connect").result).status == "pending":
        assert result.due is not None
        now = result.due
        tried.append(now)
        due = due._replace(attempt=due.attempt + 1)
    assert result.status == "dead"
    assert tried[-1] == NOW + hours * HOUR
    assert "Given up after" in (result.reason or "")


def test_a_removed_or_disabled_endpoint_gets_nothing() -> None:
    """What was claimed for it is skipped with the reason, without an attempt."""
    assert skipped(DUE, lease="l", now=NOW) is None
    for due in (DUE._replace(deleted_at=1), DUE._replace(endpoint_status="disabled")):
        result = skipped(due, lease="l", now=NOW)
        assert result is not None
        assert (result.status, result.attempt) == ("skipped", 0)


def test_reasons_are_sentences() -> None:
    """Every error that the sender knows has words for people."""
    for error in deliver.WHY_FAILED:
        reason = verdict(status=0, error=error).result.reason
        assert reason
        assert reason.endswith(".")
    assert "redirects are not followed" in (verdict(status=302).result.reason or "")


def test_the_answer_is_kept_for_the_owner() -> None:
    """Status, error, duration and the first bytes of the answer go into the log."""
    result = verdict(status=500, answer=json.dumps({"no": 1}).encode(), seconds=1.5).result
    assert (result.answer_status, result.duration_ms, result.answer) == (500, 1500, b'{"no": 1}')
