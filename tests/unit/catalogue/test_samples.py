"""Samples: believable, coherent with their event, moved in time, changed on request."""

from typing import Any

import pytest

from connector.catalogue import API_VERSION
from connector.catalogue.events import EVENT_TYPES
from connector.catalogue.samples import envelope, resource_sample, sample
from connector.errors import InvalidContent


def shown(event_type: str, **options: Any) -> dict[str, Any]:
    """Return the resource in a sample of `event_type`."""
    data = sample(event_type, **options)["event"]["data"]
    found: dict[str, Any] = data[event_type.split(".")[0]]
    return found


def test_the_body_has_storas_form() -> None:
    """The body is one `event` with id, type, version, moment, data and curies, in this order."""
    event = sample("credit_note.created")["event"]
    assert list(event) == ["id", "type", "api_version", "created_at", "data", "meta"]
    assert event["type"] == "credit_note.created"
    assert event["api_version"] == API_VERSION
    assert event["created_at"] == "2025-02-22T14:41:00Z"
    assert [curie["name"] for curie in event["meta"]["curies"]] == ["bo", "sf"]


def test_samples_are_deterministic() -> None:
    """The same arguments give the same sample; another type or moment gives another id."""
    assert sample("deal.won") == sample("deal.won")
    ids = {sample(event_type)["event"]["id"] for event_type in EVENT_TYPES}
    later = sample("deal.won", at="2025-02-22T14:41:01Z")["event"]["id"]
    assert len(ids | {later}) == 51
    assert sample("deal.won", event_id="evt_mine")["event"]["id"] == "evt_mine"


def test_a_paid_invoice() -> None:
    """It is paid at the moment of the event: nothing is due, and all of the total is paid."""
    invoice = shown("invoice.paid")
    assert invoice["status"] == "paid"
    assert invoice["paid_at"] == "2025-02-22T14:41:00Z"
    assert invoice["finalized_at"] < invoice["paid_at"]
    assert invoice["amount_due"]["amount"] == 0
    assert invoice["amount_paid"] == invoice["total"]


@pytest.mark.parametrize(
    "happening", ["created", "finalized", "updated", "marked_uncollectible", "paid"]
)
def test_invoices_add_up(happening: str) -> None:
    """Due and paid make the total; the lines make the subtotal; the tax is on top."""
    invoice = shown(f"invoice.{happening}")
    sums = {key: part["amount"] for key, part in invoice.items() if "amount" in (part or {})}
    lines = invoice["line_items"]
    assert sums["amount_due"] + sums["amount_paid"] == sums["total"]
    assert sums["total_excluding_tax"] + sums["tax"] == sums["total"]
    assert sums["subtotal"] - sums["total_discount"] == sums["total_excluding_tax"]
    assert sums["total"] == sum(line["total"]["amount"] for line in lines)
    assert sums["tax"] == sum(line["tax"]["amount"] for line in lines)


@pytest.mark.parametrize(
    ("event_type", "status", "empty"),
    [
        ("invoice.created", "draft", {"finalized_at", "paid_at"}),
        ("invoice.finalized", "open", {"paid_at"}),
        ("invoice.marked_uncollectible", "uncollectible", {"paid_at"}),
        ("contract.created", "pending", {"sent_at", "signed_at"}),
        ("contract.signed", "signed", set()),
        ("deal.created", "open", {"lost_reason"}),
        ("deal.lost", "lost", set()),
        ("deal.won", "won", {"lost_reason"}),
        ("deal.reopened", "open", {"lost_reason"}),
        ("identity_verification.failed", "failed", set()),
        ("identity_verification.succeeded", "succeeded", {"error_code"}),
        ("order.created", "draft", {"payment_url", "subscription", "tenancy"}),
        ("order.finalized", "finalized", {"subscription", "tenancy"}),
        ("order.completed", "completed", set()),
        ("task.created", "open", {"completed_at"}),
        ("task.completed", "completed", set()),
        ("task.reopened", "open", {"completed_at"}),
        ("unit.available", "available", {"unit_allocation"}),
        ("unit.created", "available", {"unit_allocation"}),
        ("unit.deallocated", "available", {"unit_allocation"}),
        ("unit.unavailable", "unavailable", {"unit_allocation"}),
        ("unit.reserved", "reserved", set()),
        ("unit.overlocked", "overlocked", set()),
        ("unit.updated", "occupied", set()),
    ],
)
def test_status_and_empty_fields_follow_the_event(
    event_type: str, status: str, empty: set[str]
) -> None:
    """A field that the event has not filled yet is null; all others are filled."""
    resource = shown(event_type)
    assert resource["status"] == status
    assert {key for key, value in resource.items() if value is None} == empty


@pytest.mark.parametrize(
    ("event_type", "key"),
    [
        ("contract.signed", "signed_at"),
        ("invoice.finalized", "finalized_at"),
        ("subscription.ended", "ends_at"),
        ("subscription.started", "starts_at"),
        ("task.completed", "completed_at"),
        ("tenancy.started", "starts_at"),
    ],
)
def test_what_happens_happens_now(event_type: str, key: str) -> None:
    """The moment that the event is about is the moment of the event."""
    assert shown(event_type, at="2027-01-31T23:59:59Z")[key] == "2027-01-31T23:59:59Z"


def test_a_cancelled_subscription_runs_out_later() -> None:
    """It has a reason, began long ago, and ends with its billing period, after the event."""
    subscription = shown("subscription.cancelled")
    assert subscription["cancelled"] is True
    assert subscription["cancellation_reason"]
    assert subscription["created_at"] < subscription["starts_at"] < "2025-02-22T14:41:00Z"
    assert subscription["ends_at"] == subscription["current_period"]["ends_at"]
    assert subscription["ends_at"] > "2025-02-22T14:41:00Z"


def test_a_coupon_is_a_percentage_or_an_amount() -> None:
    """The sample is a percentage, so the key of the other variant is not there."""
    coupon = shown("coupon.created")
    assert coupon["type"] == "percentage"
    assert coupon["percent"] == 50
    assert "amount" not in coupon


def test_a_new_contact_is_a_lead() -> None:
    """A contact that was just created rents nothing yet."""
    contact = shown("contact.created")
    assert (contact["status"], contact["tenancies_count"]) == ("lead", 0)


def test_all_moments_move_along() -> None:
    """A sample of another day is the same story on that day, also inside of lists."""
    at = "2025-02-23T14:41:00Z"
    assert shown("order.created", at=at)["starts_at"] == "2025-03-02T09:00:00Z"
    line = shown("subscription.started", at=at)["line_items"][0]
    assert (line["created_at"], line["updated_at"]) == ("2025-02-18T09:15:00Z", at)


def test_the_moment_may_be_milliseconds_or_any_offset() -> None:
    """The moment is written in Stora's form, however it was given."""
    for at in (1740235260000, 1740235260999, "2025-02-22T15:41:00+01:00"):
        assert sample("note.created", at=at)["event"]["created_at"] == "2025-02-22T14:41:00Z"


@pytest.mark.parametrize("at", [0, "1970-01-01T00:00:00Z", "9998-12-31T23:59:59Z"])
def test_the_first_and_the_last_moment(at: int | str) -> None:
    """From 1970 to 9998 every event type has a sample."""
    for event_type in EVENT_TYPES:
        assert sample(event_type, at=at)


@pytest.mark.parametrize(
    "at", [-1, 10**18, "9999-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2025-02-22T14:41:00", "x"]
)
def test_moments_that_cannot_be_used(at: int | str) -> None:
    """Before, after, without an offset or no moment at all: refused, with a pointer."""
    with pytest.raises(InvalidContent) as caught:
        sample("note.created", at=at)
    assert caught.value.details[0]["pointer"] == "/at"


def test_an_unknown_event_type_is_refused() -> None:
    """There is no sample of an event type that is not Stora's."""
    with pytest.raises(InvalidContent) as caught:
        sample("site.opened")
    assert caught.value.details[0]["pointer"] == "/event_type"


def test_an_envelope_takes_any_event_type() -> None:
    """An event type of tomorrow can be sent, so that others can prepare for it."""
    event = envelope("site.opened", {"site": resource_sample("site")})["event"]
    assert event["type"] == "site.opened"
    assert event["data"]["site"]["name"]


def test_overrides_change_what_they_name() -> None:
    """A dotted path changes one value, also in a list; a new key is added."""
    invoice = shown(
        "invoice.paid",
        overrides={
            "invoice.status": "void",
            "invoice.line_items.0.quantity": 3,
            "invoice.line_items.0": {"quantity": 4},
            "invoice.new_in_2027": [1],
        },
    )
    assert invoice["status"] == "void"
    assert invoice["line_items"] == [{"quantity": 4}]
    assert invoice["new_in_2027"] == [1]


@pytest.mark.parametrize(
    "path",
    [
        "invoice.line_items.1.quantity",
        "invoice.line_items.1",
        "invoice.line_items.-1",
        "invoice.line_items.x",
        "invoice.status.deep",
        "invoice.nothing.deep",
        "contact.full_name",
    ],
)
def test_overrides_that_lead_nowhere(path: str) -> None:
    """A path through something that is not there is refused, with the path as the pointer."""
    with pytest.raises(InvalidContent) as caught:
        sample("invoice.paid", overrides={path: 1})
    assert caught.value.details[0]["pointer"] == "/" + path.replace(".", "/")


def test_a_resource_without_an_event() -> None:
    """A resource that has no events has a sample as well, which can be moved in time."""
    site = resource_sample("site", at="2026-02-22T14:41:00Z")
    assert site["updated_at"] == "2026-02-22T14:41:00Z"
    assert site["access_hours"]["sunday"]["status"]
    assert resource_sample("webhook_endpoint")["disabled_at"] is None
