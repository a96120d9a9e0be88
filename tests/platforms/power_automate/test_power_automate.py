"""The connector, used as Power Automate would: sign in, triggers, actions, searches, dropdowns."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from laws.test_actions_in_sandbox import good_input
from platforms import proofs
from platforms.account import PATIENCE_S, Account
from platforms.consent import add_client, allow, answer_in
from platforms.npm import MANIFESTS
from platforms.power_automate.engine import Connector, Refused
from platforms.shop import FarShop

from connector.catalogue.actions import ACTIONS
from connector.catalogue.actions.row import Action
from connector.catalogue.events import EVENT_TYPES
from connector.platforms.power_automate import POWER_AUTOMATE
from connector.platforms.power_automate.triggers import trigger_id, trigger_path
from connector.platforms.triggers import NAMED
from connector.platforms.wording import pascal_case

FOLDER = MANIFESTS / POWER_AUTOMATE.slug


@pytest.fixture(scope="module")
def connector(account: Account) -> Connector:
    """The connector, with a connection made by signing in, whose token was refreshed once."""
    connector = Connector(FOLDER, account, "")
    redirect_uri = f"{account.receiver_url}/redirect"
    client_id, secret = add_client(account, POWER_AUTOMATE.slug, redirect_uri, "--no-pkce")
    client = {"client_id": client_id, "client_secret": secret}
    at = {
        name: connector.here(told["value"])
        for name, told in connector.sign_in["customParameters"].items()
    }
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": " ".join(connector.sign_in["scopes"]),
        "state": "of-power-automate",
    }
    came = answer_in(allow(account, f"{at['authorizationUrl']}?{urlencode(asked)}"))
    assert came["state"] == "of-power-automate"
    grant = {"grant_type": "authorization_code", "code": came["code"]}
    first = token(at["tokenUrl"], client | grant | {"redirect_uri": redirect_uri})
    grant = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    renewed = token(at["refreshUrl"], client | grant)
    assert set(renewed["scope"].split()) == set(connector.sign_in["scopes"])
    return Connector(FOLDER, account, renewed["access_token"])


def token(url: str, form: dict[str, str]) -> dict[str, Any]:
    """Return the answer of the token endpoint."""
    answer = requests.post(url, form, timeout=PATIENCE_S)
    assert answer.ok, answer.text
    return dict(answer.json())


@pytest.fixture(scope="module", autouse=True)
def proven(request: pytest.FixtureRequest) -> Iterator[None]:
    """Write down what was proven, and with what, unless something failed."""
    yield
    if not request.session.testsfailed:
        actions = sum(action.kind == "action" for action in ACTIONS)
        proofs.record(
            POWER_AUTOMATE.slug,
            auth="OAuth 2",
            trigger=f"{len(NAMED)} named, any event",
            actions=str(actions),
            searches=str(len(ACTIONS) - actions),
            dropdowns="without search; unit type by site",
            engine="Swagger 2.0 validator; our own stand-in for the engine",
        )


def test_the_connection_says_whose_it_is(connector: Connector, account: Account) -> None:
    """The operator's name and the connection's id."""
    told = connector.call("GetConnection")
    assert told["operator"]["name"] == account.operator
    assert told["connection"] == account.connection


@pytest.mark.parametrize(
    ("trigger", "path", "event_type"),
    [
        *((trigger_id(event), trigger_path(event), event.type) for event in NAMED),
        (trigger_id(None), trigger_path(None), "task.completed"),
    ],
)
def test_a_trigger_lives_as_long_as_its_flow_is_on(
    connector: Connector, account: Account, trigger: str, path: str, event_type: str
) -> None:
    """On: an endpoint of Power Automate's. An event: as the definition says. Off: all gone."""
    chosen = {"event_types": [event_type]} if trigger == trigger_id(None) else {}
    location = connector.turn_on(trigger, account.receiver_url + path, **chosen)
    id = location.rpartition("/")[2]
    endpoint = account.unitwire("GET", f"/webhook_endpoints/{id}")["endpoint"]
    assert endpoint["metadata"]["source"] == POWER_AUTOMATE.slug
    assert endpoint["event_types"] == [event_type]
    assert len(account.upstream(id)) == 1

    arrived = json.loads(account.received(account.happens(event_type), path)["body"])
    told = connector.document["paths"][path]["x-ms-notification-content"]["schema"]
    connector.fits(told, arrived)
    resource, document = next(iter(arrived["event"]["data"].items()))
    data = told["properties"]["event"]["properties"]["data"]["properties"]
    name = data[resource]["$ref"].rpartition("/")[2]
    assert set(document) <= set(connector.document["definitions"][name]["properties"])

    connector.turn_off(location)
    account.unitwire("GET", f"/webhook_endpoints/{id}", status=404)
    assert account.upstream(id) == []
    connector.turn_off(location)  # a second time is no fault


def test_a_flow_that_says_who_it_is_is_known_again(connector: Connector, account: Account) -> None:
    """With the flow's id, switching on anew changes the endpoint that is there."""
    flow = {"metadata": {"external_id": "flow-1"}}
    location = connector.turn_on("OnDealWon", f"{account.receiver_url}/flow-1", **flow)
    listed = account.unitwire("GET", "/webhook_endpoints?metadata[external_id]=flow-1")
    assert [each["id"] for each in listed["endpoints"]] == [location.rpartition("/")[2]]
    connector.turn_off(location)


def test_any_event_offers_all(connector: Connector) -> None:
    """The picklist of the free trigger has every event type, each with a name."""
    schema = connector.document["paths"][trigger_path(None)]["post"]["parameters"][0]["schema"]
    items = schema["properties"]["event_types"]["items"]
    assert items["enum"] == list(EVENT_TYPES)
    assert all(each["displayName"] for each in items["x-ms-enum-values"])


@pytest.mark.parametrize("action", ACTIONS, ids=lambda each: each.key)
def test_a_step_does_what_it_says(connector: Connector, account: Account, action: Action) -> None:
    """It is carried out, answers what the definition says, and nothing that it does not say."""
    whole = good_input(FarShop(account), action)
    given = {key: value for key, value in whole.items() if value is not None}  # as forms are
    fresh = {key: f"{action.key}@example.org" for key in given if given[key] == "mira@example.com"}
    answer = connector.call(pascal_case(action.key), given | fresh)
    _, _, item = connector.operations[pascal_case(action.key)]
    told = item["post"]["responses"]["200"]["schema"]["properties"]
    assert set(answer) - {"meta"} == set(told)
    if action.kind == "search":
        assert answer[action.output[0].key], "found nothing"


def test_a_step_is_not_done_twice_in_a_run(connector: Connector) -> None:
    """With the run's id, a repeat gives the first answer."""
    person = {"email": "once@example.org", "full_name": "Only Once"}
    first, again = (
        connector.call("CreateContact", person, **{"Unitwire-Run-Id": "run-1"}) for _ in range(2)
    )
    assert again["contact"]["id"] == first["contact"]["id"]


def dropdowns(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each field with a dropdown, and where it is."""
    for path, item in document["paths"].items():
        for parameter in item.get("post", {}).get("parameters", []):
            yield from _within(path, parameter.get("schema", {}))


def _within(place: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "x-ms-dynamic-list" in schema:
        yield place, schema
    for key, child in schema.get("properties", {}).items():
        yield from _within(f"{place} {key}", child)
    if "items" in schema:
        yield from _within(place, schema["items"])


def test_every_dropdown_offers_what_is_there(connector: Connector) -> None:
    """Choices in words, all different."""
    found = list(dropdowns(connector.document))
    assert len(found) > 30
    for place, field in found:
        offered = connector.choices(field, {})
        assert offered, place
        assert len({each["value"] for each in offered}) == len(offered), place
        assert all(each["title"] for each in offered), place


def test_unit_types_are_narrowed_by_their_site(connector: Connector, account: Account) -> None:
    """With a site chosen, only its unit types are offered; left blank, those of all."""
    found = dict(dropdowns(connector.document))
    field = found["/2025-09/actions/list_units unit_type_id"]
    types = {each["id"]: each["site"]["id"] for each in account.all("/unit_types", "unit_types")}
    assert {each["value"] for each in connector.choices(field, {"site_id": ""})} == set(types)
    for site in set(types.values()):
        offered = connector.choices(field, {"site_id": site})
        assert {each["value"] for each in offered} == {
            each for each, place in types.items() if place == site
        }


def test_what_goes_wrong_is_told_in_a_sentence(connector: Connector, account: Account) -> None:
    """A flow shows Unitwire's message; without a good token it is a 401."""
    with pytest.raises(Refused) as wrong:
        connector.call("GetContact", {"contact_id": "no id"})
    assert wrong.value.status == 422
    with pytest.raises(Refused) as stranger:
        Connector(FOLDER, account, "no token").call("GetContact", {"contact_id": "con_1"})
    assert stranger.value.status == 401
