"""The dial for what only people do."""

import pytest

from .shop import to


def post(shop, body):
    """Turn the dial."""
    return shop.client.post("/_sandbox/play", json=body)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/verb"),
        ({"verb": "dance"}, "/verb"),
        ({"verb": "pay"}, "/id"),
        ({"verb": "pay", "id": 5}, "/id"),
        ({"verb": "pay", "id": "x", "operator": "nobody"}, "/operator"),
        ({"verb": "pay", "id": "x", "how": "cash"}, "/how"),
    ],
)
def test_a_wrong_play_is_refused(shop, body, pointer):
    """422 with the pointer of the fault, and nothing happens."""
    before = shop.documents()
    response = post(shop, body)
    assert response.status_code == 422
    assert [detail["pointer"] for detail in response.json["error"]["details"]] == [pointer]
    assert shop.documents() == before


def test_a_play_needs_its_own_kind_of_thing(shop, stranger):
    """What is unknown, of another kind, or the neighbour's: 404."""
    others = stranger.one("invoice", status="open")["id"]
    for id in ("inv_0000000000000000", shop.one("contact")["id"], others):
        assert post(shop, {"verb": "pay", "id": id}).status_code == 404
    assert post(shop, {"verb": "pay", "id": others, "operator": "hilltop"}).status_code == 201


def test_one_verb_is_done_to_several_kinds(shop):
    """The id decides."""
    verification = shop.one("identity_verification", status="processing")
    answer = shop.play("cancel", verification["id"])
    assert answer["identity_verification"]["status"] == "cancelled"
    subscription = shop.one("subscription", cancelled=False)
    assert shop.play("cancel", subscription["id"])["subscription"]["cancelled"]


def test_what_is_played_is_delivered(shop, hands):
    """Like everything that happens; the answer counts the deliveries."""
    hands.listen("https://example.com/hook", "invoice.paid", "invoice.updated")
    hands.listen("https://example.com/hook", "invoice.paid")
    answer = shop.play("pay", shop.one("invoice", status="open")["id"])
    assert answer["deliveries"] == 3
    assert len(hands.deliveries()) == 3
    for event in answer["events"]:
        body = shop.get("event", event["id"])["event"]
        assert body["type"] == event["type"]
        assert body["data"] == {"invoice": answer["invoice"]}


def test_a_write_is_delivered_as_stora_would(shop, hands, httpserver):
    """From a POST to the API to the POST at the webhook endpoint."""
    received = []
    httpserver.expect_request("/hook").respond_with_handler(
        lambda request: received.append(request.get_json()) or _received()
    )
    hands.listen(httpserver.url_for("/hook"), "deal.won")
    shop.sandbox.deliverer.start()
    deal = shop.done("POST", f"/deals/{shop.one('deal', status='open')['id']}/win")
    hands.wait_for(lambda: received)
    assert received[0]["event"]["data"] == {"deal": deal}


def _received():
    from werkzeug import Response

    return Response(status=204)


def test_a_write_happens_once_for_one_key(shop):
    """The first answer comes again, and nobody is told twice; a refusal is kept as well."""
    body = {"email": "mira@example.com", "full_name": "Mira Stone"}
    key = {"Idempotency-Key": "one"}
    first = shop.call("POST", "/contacts", body, **key)
    assert shop.told(lambda: shop.call("POST", "/contacts", body, **key)) == []
    assert shop.call("POST", "/contacts", body, **key).data == first.data
    refused = shop.call("POST", "/contacts", body, **{"Idempotency-Key": "two"})
    assert refused.status_code == 409


def test_a_write_that_was_told_to_fail_leaves_nothing(shop, hands):
    """500, and as if it had never been tried."""
    hands.set_faults(api=[{"kind": "500", "method": "POST", "times": 1}])
    before = shop.documents()
    body = {"name": "N", "contact": to(shop.one("contact"))}
    assert shop.call("POST", "/deals", body).status_code == 500
    assert shop.documents() == before
    shop.done("POST", "/deals", body)


def test_a_reset_brings_the_business_back(shop):
    """As it began."""
    contact = shop.new_contact()
    shop.client.post("/_sandbox/reset")
    assert shop.get("contact", contact["id"]) is None
    assert len(shop.all("contact")) == 10


def test_a_business_survives_in_a_file(make, tmp_path):
    """And is not planted again over what happened since."""
    from .shop import Shop

    file = tmp_path / "sandbox.db"
    shop = Shop(make(state=file))
    contact = shop.new_contact()
    again = Shop(make(state=file))
    assert again.get("contact", contact["id"]) == contact
    assert len(again.all("contact")) == 11
