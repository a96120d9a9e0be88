"""Triggers: subscribe, an event of the sandbox runs the Zap, unsubscribe."""

import json
from typing import Any

import pytest
from platforms.account import Account
from platforms.zapier.engine import Failed, Zapier

from connector.catalogue.events import EVENT, EVENT_TYPES
from connector.platforms.triggers import NAMED
from connector.platforms.wording import snake_case

every_trigger = pytest.mark.parametrize(
    ("key", "event_type"),
    [*((snake_case(event.type), event.type) for event in NAMED), ("event", "task.completed")],
)


class Zap:
    """A Zap that begins with one of the triggers."""

    def __init__(self, zapier: Zapier, key: str, event_type: str, number: str = "") -> None:
        self.zapier = zapier
        self.path = f"/hooks/{key}-{event_type}{number}"
        self.operation = f"triggers.{key}.operation"
        self.bundle: dict[str, Any] = {
            "inputData": {"event_types": [event_type]} if key == "event" else {},
            "meta": {"zap": {"id": f"{key}-{event_type}"}},
            "targetUrl": zapier.account.receiver_url + self.path,
        }

    def turn_on(self) -> None:
        """Subscribe."""
        given = self.zapier.run(f"{self.operation}.performSubscribe", **self.bundle)
        self.bundle["subscribeData"] = given

    def turn_off(self) -> None:
        """Unsubscribe."""
        self.zapier.run(f"{self.operation}.performUnsubscribe", **self.bundle)

    def samples(self) -> list[dict[str, Any]]:
        """Return what the test in the editor shows."""
        return list(self.zapier.run(f"{self.operation}.performList", **self.bundle))

    def perform(self, delivery: dict[str, Any]) -> list[dict[str, Any]]:
        """Run on what arrived, which Zapier hands over in a way of its own."""
        headers = {
            "-".join(part.capitalize() for part in f"http-{name}".split("-")): value
            for name, value in delivery["headers"].items()
        }
        raw = {"method": "POST", "headers": headers, "content": delivery["body"]}
        return list(
            self.zapier.run(
                f"{self.operation}.perform",
                **self.bundle,
                rawRequest=raw,
                cleanedRequest=json.loads(delivery["body"]),
            )
        )

    @property
    def id(self) -> str:
        """The endpoint's id."""
        return str(self.bundle["subscribeData"]["id"])


@every_trigger
def test_a_trigger_lives_as_long_as_its_zap(
    zapier: Zapier, account: Account, key: str, event_type: str
) -> None:
    """On: a stamped endpoint, here and in Stora. An event: flat, as the samples. Off: both gone."""
    zap = Zap(zapier, key, event_type)
    before = zap.samples()
    zap.turn_on()
    endpoint = account.unitwire("GET", f"/webhook_endpoints/{zap.id}")["endpoint"]
    assert endpoint["metadata"] == {"source": "zapier", "external_id": f"{key}-{event_type}"}
    assert endpoint["event_types"] == [event_type]
    assert len(account.upstream(zap.id)) == 1

    event_id = account.happens(event_type)
    (item,) = zap.perform(account.received(event_id, zap.path))
    assert (item["id"], item["type"]) == (event_id, event_type)
    assert item["flat"][f"{EVENT[event_type].resource}_id"]

    samples = zap.samples()
    assert samples[0]["id"] == event_id
    shown = zapier.definition["triggers"][key]["operation"]["sample"]
    for sample in (*before, *samples, *([] if key == "event" else [shown])):
        assert keys_of(sample) == keys_of(item)

    zap.turn_off()
    account.unitwire("GET", f"/webhook_endpoints/{zap.id}", status=404)
    assert account.upstream(zap.id) == []
    zap.turn_off()  # a second time is no fault


def keys_of(item: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of an item, and of what is ready to use in it."""
    return {"own": set(item), "flat": set(item["flat"])}


def test_a_zap_that_is_turned_on_anew_keeps_its_endpoint(zapier: Zapier, account: Account) -> None:
    """The same Zap has one endpoint; switching the old address off does not switch it off."""
    old = Zap(zapier, "invoice_paid", "invoice.paid")
    new = Zap(zapier, "invoice_paid", "invoice.paid", number="-again")
    old.turn_on()
    new.turn_on()
    assert new.id == old.id
    old.turn_off()
    event_id = account.happens("invoice.paid")
    (item,) = new.perform(account.received(event_id, new.path))
    assert item["id"] == event_id
    new.turn_off()
    account.unitwire("GET", f"/webhook_endpoints/{new.id}", status=404)


def test_a_forged_delivery_runs_nothing(zapier: Zapier, account: Account) -> None:
    """A changed body, a missing signature, another endpoint's secret: the Zap does not run."""
    zap = Zap(zapier, "deal_won", "deal.won")
    zap.turn_on()
    delivery = account.received(account.happens("deal.won"), zap.path)
    changed = delivery | {"body": delivery["body"].replace("deal.won", "deal.Won")}
    unsigned = delivery | {"headers": {}}
    for forged in (changed, unsigned):
        with pytest.raises(Failed, match="not sent by Unitwire"):
            zap.perform(forged)
    zap.bundle["subscribeData"]["secret"] = "ab" * 32
    with pytest.raises(Failed, match="not sent by Unitwire"):
        zap.perform(delivery)
    zap.turn_off()


def test_samples_are_of_all_types_and_the_newest_first(zapier: Zapier) -> None:
    """The test in the editor shows each event that was chosen."""
    zap = Zap(zapier, "event", "deal.lost")
    zap.bundle["inputData"]["event_types"] = list(EVENT_TYPES)
    found = zap.samples()
    assert {each["type"] for each in found} == set(EVENT_TYPES)
    moments = [each["created_at"] for each in found]
    assert moments == sorted(moments, reverse=True)


def test_a_zap_that_is_gone_ends_its_endpoint(zapier: Zapier, account: Account) -> None:
    """Zapier answers 410 once a Zap is gone: the endpoint ends, here and in Stora."""
    zap = Zap(zapier, "order_completed", "order.completed")
    zap.turn_on()
    account.answers(zap.path, 410)
    account.received(account.happens("order.completed"), zap.path)
    account.until(lambda: account.upstream(zap.id) == [])
    zap.turn_off()
