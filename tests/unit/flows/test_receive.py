"""Receive: what is kept, what is refused, and what passes on unharmed."""

import json
import threading
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from stage import (
    SECRET,
    UPSTREAM_SECRET,
    all_deliveries,
    all_events,
    connect,
    listen,
    rows,
)

from connector import world
from connector.catalogue.samples import sample
from connector.errors import InvalidRequest, NotFound
from connector.flows.parts import Parts
from connector.flows.receive import USUAL_BODY, BadSignature, read, receive
from connector.stora.signature import sign
from connector.store.tables import refusals, upstream_endpoints


@pytest.fixture(autouse=True)
def endpoint(parts: Parts) -> str:
    """One connection with one endpoint that listens to invoice.paid."""
    connect(parts)
    return listen(parts)


def event(event_type: str = "invoice.paid", event_id: str = "evt_1", **more: Any) -> bytes:
    """Return the body of a delivery of Stora."""
    body = sample(event_type, event_id=event_id)
    body["event"].update(more)
    return json.dumps(body).encode()


def take(parts: Parts, body: bytes, *, secret: str = UPSTREAM_SECRET, age_s: int = 0) -> None:
    """Receive `body`, signed as Stora would."""
    receive(parts, "we_1", sign(secret, body, world.now_ms() // 1000 - age_s), body)


def test_a_signed_event_is_kept_byte_for_byte_with_one_pending_delivery(parts: Parts) -> None:
    """The raw bytes are stored as they came, and one delivery is due at once."""
    body = event() + b"\n "
    take(parts, body)
    (kept,) = all_events(parts)
    (delivery,) = all_deliveries(parts)
    assert bytes(kept.body) == body
    assert (kept.id, kept.type) == ("evt_1", "invoice.paid")
    assert delivery.status == "pending"
    assert delivery.due <= world.now_ms()


def test_a_repeat_is_accepted_and_changes_nothing(parts: Parts) -> None:
    """The same event id again, even with another body, is counted and makes no second delivery."""
    take(parts, event())
    take(parts, event())
    take(parts, event(extra=1))
    (kept,) = all_events(parts)
    assert kept.repeats == 2
    assert len(all_deliveries(parts)) == 1


def test_twenty_repeats_at_once_make_one_delivery(parts: Parts) -> None:
    """Parallel copies of one event leave one event and one delivery."""
    threads = [threading.Thread(target=take, args=(parts, event())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(all_deliveries(parts)) == 1
    assert all_events(parts)[0].repeats == 19


@pytest.mark.parametrize(
    ("secret", "age_s", "reason"),
    [
        ("c8" * 32, 0, "digest"),
        (SECRET, 0, "digest"),
        (UPSTREAM_SECRET, 301, "age"),
        (UPSTREAM_SECRET, -302, "age"),
    ],
)
def test_what_is_not_signed_by_stora_is_refused_and_counted(
    parts: Parts, secret: str, age_s: int, reason: str
) -> None:
    """A wrong secret and a stale time are refused, nothing is kept but the count."""
    with pytest.raises(BadSignature):
        take(parts, event(), secret=secret, age_s=age_s)
    assert all_events(parts) == []
    (count,) = rows(parts, refusals)
    assert (count.endpoint_id, count.reason, count.count) == ("we_1", reason, 1)


def test_a_time_just_within_the_tolerance_passes(parts: Parts) -> None:
    """A signature of 299 seconds ago is good."""
    take(parts, event(), age_s=299)
    assert len(all_events(parts)) == 1


def test_the_signature_of_another_endpoint_is_refused(parts: Parts) -> None:
    """A webhook signed with another endpoint's secret is refused here."""
    body = event()
    listen(parts, "we_2")
    with pytest.raises(BadSignature):
        receive(parts, "we_2", sign(SECRET, body, world.now_ms() // 1000), body)


def test_an_unknown_or_removed_endpoint_is_not_found(parts: Parts) -> None:
    """Both answer alike, and nothing is kept or counted."""
    listen(parts, "we_gone", deleted_at=world.now_ms(), external_id="gone")
    for endpoint_id in ("we_nowhere", "we_gone"):
        with pytest.raises(NotFound):
            receive(parts, endpoint_id, "t=1,v1=2", event())
    assert rows(parts, refusals) == []


def test_unknown_types_fields_and_values_pass(parts: Parts) -> None:
    """An event type, a field and a value that nobody knows yet are delivered as they came."""
    body = event("invoice.paid", "evt_new")
    document = json.loads(body)
    document["event"]["type"] = "invoice.teleported"
    document["event"]["data"]["invoice"] |= {"status": "glowing", "aura": ["blue", None]}
    take(parts, json.dumps(document).encode())
    (delivery,) = all_deliveries(parts)
    assert (delivery.event_type, delivery.status) == ("invoice.teleported", "pending")


def test_an_event_of_a_disabled_endpoint_is_kept_with_the_reason(parts: Parts) -> None:
    """It is accepted and skipped, so that it can be sent later."""
    listen(parts, "we_off", status="disabled")
    body = event()
    receive(parts, "we_off", sign(UPSTREAM_SECRET, body, world.now_ms() // 1000), body)
    (delivery,) = all_deliveries(parts)
    assert delivery.status == "skipped"
    assert "disabled" in delivery.reason


def test_a_type_that_the_endpoint_does_not_listen_to_is_kept_with_the_reason(
    parts: Parts,
) -> None:
    """A known type that was not asked for is not sent to the workflow."""
    take(parts, event("deal.won"))
    (delivery,) = all_deliveries(parts)
    assert delivery.status == "skipped"
    assert "does not listen to deal.won" in delivery.reason


@pytest.mark.parametrize(
    "body", [b'{"ping": true}', b'{"event": null}', b'{"event": {"id": "a.b"}}', b"{}"]
)
def test_a_signed_body_without_an_event_is_accepted_once(parts: Parts, body: bytes) -> None:
    """Whatever Stora signs is acknowledged; without an event id it goes nowhere, visibly."""
    take(parts, body)
    take(parts, body)
    (delivery,) = all_deliveries(parts)
    assert delivery.status == "skipped"
    assert all_events(parts)[0].repeats == 1


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[1]", b'"x"', b"\xff\xfe", b"[" * 200_000, b"1" * 5000]
)
def test_a_signed_body_that_is_no_json_object_is_refused(parts: Parts, body: bytes) -> None:
    """It cannot be an event, so it is not acknowledged and not kept."""
    with pytest.raises(InvalidRequest):
        take(parts, body)
    assert all_events(parts) == []


@hypothesis_settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(body=st.binary(max_size=200) | st.text().map(lambda text: json.dumps(text).encode()))
def test_any_signed_bytes_are_kept_or_refused_and_never_fail(parts: Parts, body: bytes) -> None:
    """No body makes the flow raise anything but a refusal."""
    with suppress(InvalidRequest):
        take(parts, b'{"event": ' + body + b"}")


@hypothesis_settings(
    max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(values=st.fixed_dictionaries({k: st.text() for k in ("id", "type", "created_at")}))
def test_any_text_in_an_event_s_own_fields_is_kept(parts: Parts, values: dict[str, str]) -> None:
    """NUL, surrogates and other scripts in id, type and time do no harm to either database."""
    take(parts, json.dumps({"event": values}).encode())


@pytest.mark.parametrize(
    "body",
    [
        b'{"event": {"id": "evt_1", "data": {"n": NaN, "m": -Infinity}}}',
        b'{"event": {"id": "evt_1", "data": {"half": "\\ud800"}}}',
        b'{"event": {"id": "evt_1", "data": {"n": 1e400, "m": 123456789012345678901234567890}}}',
        b'\xef\xbb\xbf{"event": {"id": "evt_1"}}',
        '{"event": {"id": "evt_1"}}'.encode("utf-16"),
        b'{"event": {"id": "evt_1", "a": ' + b"[" * 900 + b"]" * 900 + b"}}",
    ],
    ids=["no number", "half a surrogate", "large numbers", "byte order mark", "UTF-16", "deep"],
)
def test_json_that_only_python_reads_is_taken_too(body: bytes) -> None:
    """What is signed passes on, though a stricter reader would refuse it."""
    assert read(body).event_id == "evt_1"


def test_a_webhook_for_another_endpoint_is_explained(parts: Parts) -> None:
    """Signed with another endpoint's secret of the same account: counted apart, nothing kept."""
    listen(parts, "we_2")
    other = "c3" * 32
    with parts.store.begin() as c:
        c.execute(
            upstream_endpoints.update()
            .where(upstream_endpoints.c.endpoint_id == "we_2")
            .values(secret_sealed=parts.vault.seal(other))
        )
    with pytest.raises(BadSignature):
        take(parts, event(), secret=other)
    with pytest.raises(BadSignature):
        take(parts, event(), secret="d4" * 32)
    counted = {row.reason: row._mapping["count"] for row in rows(parts, refusals)}
    assert counted == {"other_secret": 1, "digest": 1}
    assert all_events(parts) == []


@pytest.mark.parametrize(
    ("size", "reason"), [(USUAL_BODY, "other_secret"), (USUAL_BODY + 1, "digest")]
)
def test_only_bodies_of_usual_size_are_looked_into(parts: Parts, size: int, reason: str) -> None:
    """A stranger cannot make the server work by sending large bodies."""
    listen(parts, "we_2")
    other = "c3" * 32
    with parts.store.begin() as c:
        c.execute(
            upstream_endpoints.update()
            .where(upstream_endpoints.c.endpoint_id == "we_2")
            .values(secret_sealed=parts.vault.seal(other))
        )
    body = event()
    with pytest.raises(BadSignature):
        take(parts, body + b" " * (size - len(body)), secret=other)
    assert [row.reason for row in rows(parts, refusals)] == [reason]


def test_each_outcome_is_counted(parts: Parts) -> None:
    """Whoever watches sees what was kept, and why the rest was not."""
    names = ("kept", "unknown", "unreadable", "refused_digest", "refused_age", "refused_missing")

    def counts() -> list[float]:
        labels = ({"outcome": name} for name in names)
        name = "unitwire_events_received_total"
        return [REGISTRY.get_sample_value(name, each) or 0 for each in labels]

    before = counts()
    take(parts, event())
    with pytest.raises(NotFound):
        receive(parts, "we_none", None, b"{}")
    with pytest.raises(InvalidRequest):
        take(parts, b"[]")
    for wrong in ({"secret": "x"}, {"age_s": 100_000}):
        with pytest.raises(BadSignature):
            take(parts, event(), **wrong)
    with pytest.raises(BadSignature):
        receive(parts, "we_1", None, b"{}")
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [1] * len(names)
