"""The dials under /_sandbox/, and the page."""

import pytest

from connector.catalogue.describe import describe
from connector.catalogue.events import EVENT, EVENT_TYPES
from connector.catalogue.ids import EXAMPLE_IDS
from connector.catalogue.schemas import RESOURCES
from connector.sandbox.business.kinds import SCHEMAS, prefix_of
from connector.sandbox.events import happening


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_each_event_type_can_be_triggered(hands, event_type):
    """All 50, each in its own words."""
    hands.listen("https://example.com/hook", event_type)

    answer = hands.trigger(event_type)
    assert (len(answer["events"]), answer["deliveries"]) == (1, 1)


def test_a_trigger_can_say_what_happened(hands, sandbox):
    """Dotted paths reach into the resource; the operator is named by id or name."""
    for operator in ("hilltop", "Hilltop Storage"):
        [id] = hands.trigger("invoice.paid", operator=operator, set={"invoice.total.amount": 100})[
            "events"
        ]
        body = sandbox.state.get("hilltop", "event", id)
        assert body["event"]["data"]["invoice"]["total"]["amount"] == 100


KIND_OF = {prefix_of(kind): kind for kind in SCHEMAS}


def ids_in(value):
    """Return every id in `value` that is one of a business."""
    match value:
        case dict():
            own = {value["id"]} if str(value.get("id", "")).partition("_")[0] in KIND_OF else set()
            return own.union(*map(ids_in, value.values()))
        case list():
            return set().union(*map(ids_in, value))
    return set()


@pytest.mark.parametrize("operator", ["harbour", "hilltop"])
@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_what_is_triggered_happens_to_what_is_there(hands, sandbox, event_type, operator):
    """The resource and all that it refers to are in the business, which stays as it is."""
    before = {kind: sandbox.state.all(operator, kind) for kind in SCHEMAS}
    [id] = hands.trigger(event_type, operator=operator)["events"]
    event = sandbox.state.get(operator, "event", id)["event"]
    [(resource, told)] = event["data"].items()
    assert event["type"] == event_type
    assert resource == EVENT[event_type].resource
    assert RESOURCES[resource]().validate(told) == {}
    assert told["id"] in ids_in(told)
    for id in ids_in(told):
        kind = KIND_OF[id.partition("_")[0]]
        assert sandbox.state.get(operator, kind, id), id
    happened = event_type.partition(".")[2]
    if happened in [option.value for option in status_choices(resource)]:
        assert told["status"] == happened
    assert {kind: sandbox.state.all(operator, kind) for kind in SCHEMAS} == before


def status_choices(resource):
    """Return the statuses that a resource can have."""
    return [
        option
        for field in describe(RESOURCES[resource])
        if field.key == "status"
        for option in field.choices
    ]


def test_who_already_is_what_the_event_says_is_taken(sandbox):
    """A workflow that looks the invoice up finds it paid, and the person who has no unit a lead."""
    told = happening(sandbox.state, "harbour", "invoice.paid", {})["invoice"]
    assert sandbox.state.get("harbour", "invoice", told["id"])["status"] == "paid"
    told = happening(sandbox.state, "harbour", "contact.created", {})["contact"]
    assert sandbox.state.get("harbour", "contact", told["id"])["status"] == "lead"


def test_a_part_that_is_empty_can_be_set(sandbox):
    """The catalogue's example is there to be changed, whatever the business has."""
    set = {"unit.unit_allocation.id": "alloc_1"}
    told = happening(sandbox.state, "harbour", "unit.updated", set)["unit"]
    assert told["unit_allocation"] == {"id": "alloc_1"}
    set = {"coupon.percentage": 10}
    assert happening(sandbox.state, "harbour", "coupon.created", set)["coupon"]["percentage"] == 10


def test_the_example_stands_in_for_what_there_is_not(hands, sandbox):
    """An operator without a note can hear of one."""
    for note in sandbox.state.all("harbour", "note"):
        sandbox.state.delete("harbour", "note", note["id"])
    told = hands.client.get("/_sandbox/sample?event_type=note.created").json["data"]
    assert told["note"]["id"] == EXAMPLE_IDS["note"]


@pytest.mark.parametrize("query", ["", "event_type=x", "event_type=deal.won&operator=nobody"])
def test_a_sample_of_nothing_is_refused(hands, query):
    """422, like a trigger."""
    assert hands.client.get(f"/_sandbox/sample?{query}").status_code == 422


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/event_type"),
        ({"event_type": "unit.gone"}, None),
        ({"event_type": 5}, "/event_type"),
        ({"event_type": "deal.won", "operator": "nobody"}, "/operator"),
        ({"event_type": "deal.won", "count": 0}, "/count"),
        ({"event_type": "deal.won", "count": 10_001}, "/count"),
        ({"event_type": "deal.won", "set": []}, "/set"),
        ({"event_type": "deal.won", "set": {"deal.name.x.y": 1}}, None),
        ({"event_type": "deal.won", "set": {"deal.name": "\ud800"}}, None),
        ({"event_type": "deal.won", "more": 1}, "/more"),
    ],
)
def test_a_wrong_trigger_is_refused(hands, body, pointer):
    """422, and nothing happens."""
    hands.listen("https://example.com/hook", "deal.won")

    response = hands.client.post("/_sandbox/trigger", json=body)
    assert response.status_code == 422, response.text
    if pointer:
        assert response.json["error"]["details"][0]["pointer"] == pointer
    assert hands.deliveries() == []


def test_ten_thousand_at_once(hands):
    """The most that one trigger gives."""
    assert len(hands.trigger("deal.won", count=10_000)["events"]) == 10_000


def test_operators_and_partner_are_shown_with_their_secrets(hands):
    """So that tests and demos can use them; a sandbox is no safe."""
    shown = hands.client.get("/_sandbox/operators").json["operators"]
    assert shown[1] == {
        "id": "hilltop",
        "name": "Hilltop Storage",
        "token": "hilltop-token",
        "client_id": "hilltop-id",
        "client_secret": "hilltop-secret",
    }
    partner = hands.client.get("/_sandbox/partner").json["partner"]
    assert (partner["uid"], partner["secret"]) == ("partner-id", "partner-secret")


def test_endpoints_are_shown_with_their_secrets(hands):
    """Whoever plays Stora has to know them."""
    endpoint = hands.listen("https://example.com/hook", "deal.won")

    shown = hands.client.get("/_sandbox/endpoints").json["endpoints"]
    assert shown == [{"operator": "harbour", **endpoint}]


@pytest.mark.parametrize(("do", "refresh_status"), [("expire", 200), ("revoke", 400)])
def test_a_partners_tokens_can_be_ended(hands, do, refresh_status):
    """As time or the operator would; a stranger's and one's own stay."""
    mine, other = hands.connect("harbour"), hands.connect("hilltop")

    answer = hands.client.post("/_sandbox/tokens", json={"operator": "harbour", "do": do})
    assert answer.json == {"ended": 1}
    assert hands.info(mine["access_token"]).status_code == 401
    assert hands.refresh(mine["refresh_token"]).status_code == refresh_status
    assert hands.info(other["access_token"]).status_code == 200
    assert hands.info(hands.operator.token).status_code == 200


def test_the_log_of_requests(hands):
    """The public API's only: method, path, operator, status, and the id that was answered."""
    response = hands.client.get(hands.endpoints, headers=hands.bearer())
    hands.client.get("/2025-09/nothing")
    hands.client.get("/_sandbox/operators")

    first, second = hands.client.get("/_sandbox/requests").json["requests"]
    assert first["request_id"] == response.json["meta"]["request_id"]
    assert (first["method"], first["path"]) == ("GET", hands.endpoints)
    assert (first["operator"], first["status"], first["fault"]) == ("harbour", 200, None)
    assert (second["operator"], second["status"]) == (None, 404)


def test_a_reset_leaves_the_seeds(hands):
    """Operators, partner and their credentials stay; everything else is gone."""
    before = hands.client.get("/_sandbox/operators").json
    token = hands.connect()
    hands.listen("https://example.com/hook", "deal.won")
    hands.trigger("deal.won")
    hands.set_faults(api=[{"kind": "500"}])

    assert hands.client.post("/_sandbox/reset").status_code == 200
    assert hands.client.get("/_sandbox/operators").json == before
    assert hands.client.get("/_sandbox/endpoints").json == {"endpoints": []}
    assert hands.client.get("/_sandbox/faults").json == {"api": [], "webhooks": []}
    assert hands.client.get("/_sandbox/requests").json == {"requests": []}
    assert hands.deliveries() == []
    assert hands.info(token["access_token"]).status_code == 401
    assert hands.info(hands.operator.token).status_code == 200


def test_the_page_shows_who_listens_and_what_happened(hands):
    """Names are text, whatever they hold."""
    body = {
        "name": "<script>alert(1)</script>",
        "api_version": "2025-09",
        "url": "https://example.com/hook",
        "event_types": ["deal.won"],
    }
    hands.client.post(hands.endpoints, json=body, headers=hands.bearer())
    [id] = hands.trigger("deal.won")["events"]

    page = hands.client.get("/").text
    for text in ("Harbour Self Storage", "Hilltop Storage", "https://example.com/hook", id):
        assert text in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/h", "http://localhost/h", "http://[::1]:8000/h"]
)
def test_plain_http_is_for_loopback_on_request(make, hands_on, url):
    """For the demo; a sandbox without the switch refuses it, and no sandbox takes it elsewhere."""
    body = {"name": "N", "api_version": "2025-09", "event_types": ["deal.won"]}
    for allowed, target, status in [
        (True, url, 201),
        (False, url, 422),
        (True, "http://example.com/h", 422),
        (True, "http://127.0.0.1.example.com/h", 422),
        (True, "http://127.0.0.1@example.com/h", 422),
    ]:
        hands = hands_on(make(allow_http_loopback=allowed).test_client())
        response = hands.client.post(
            hands.endpoints, json=body | {"url": target}, headers=hands.bearer()
        )
        assert response.status_code == status, target
