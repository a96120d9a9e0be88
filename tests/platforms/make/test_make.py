"""The app, used as Make would: connect, watch, act, search, choose."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from laws.test_actions_in_sandbox import good_input
from platforms import proofs
from platforms.account import Account
from platforms.consent import add_client
from platforms.make.engine import App, Failed
from platforms.npm import MANIFESTS
from platforms.shop import FarShop

from connector.catalogue.actions import ACTIONS
from connector.catalogue.actions.row import Action
from connector.catalogue.events import EVENT_TYPES
from connector.platforms.access import picklists_for
from connector.platforms.make import MAKE
from connector.platforms.make.parameters import rpc_of
from connector.platforms.triggers import NAMED
from connector.platforms.wording import camel_case, pascal_case

FOLDER = MANIFESTS / MAKE.slug


@pytest.fixture(scope="module")
def app(account: Account) -> App:
    """The app, connected with all that its modules ask for."""
    app = App(FOLDER, account)
    redirect_uri = f"{account.receiver_url}/oauth/cb/app"
    client_id, secret = add_client(account, MAKE.slug, redirect_uri)
    parameters = {"address": account.url, "clientId": client_id, "clientSecret": secret}
    modules = [app.code("module", name, "scope") or [] for name in app.components["module"]]
    webhooks = [app.code("webhook", name, "requiredScope") for name in app.components["webhook"]]
    scope = sorted({each for asked in (*modules, *webhooks) for each in asked})
    app.connect(parameters, redirect_uri, scope)
    return app


@pytest.fixture(scope="module", autouse=True)
def proven(request: pytest.FixtureRequest) -> Iterator[None]:
    """Write down what was proven, and with what, unless something failed."""
    yield
    if not request.session.testsfailed:
        actions = sum(action.kind == "action" for action in ACTIONS)
        proofs.record(
            MAKE.slug,
            auth="OAuth 2 with PKCE",
            trigger=f"{len(NAMED)} named, any event",
            actions=str(actions),
            searches=str(len(ACTIONS) - actions),
            dropdowns="remote procedures with pages; by site",
            engine="our own stand-in for the engine, and its rules",
        )


def test_the_connection_is_renewed_and_called_by_its_operator(app: App, account: Account) -> None:
    """Its label is the operator's name; its tokens are renewed when they end soon."""
    assert app.label == account.operator
    before = app.connection
    assert not app.refresh(soon=False)
    assert app.refresh(soon=True)
    assert app.connection["accessToken"] != before["accessToken"]
    assert app.connection["address"] == account.url


@pytest.mark.parametrize(
    ("typed", "good"),
    [
        ("https://unitwire.example.com", True),
        ("https://unitwire.example.com:8443", True),
        ("http://unitwire.example.com", False),
        ("https://unitwire.example.com/", False),
        ("https://unitwire.example.com/x", False),
        ("unitwire.example.com", False),
    ],
)
def test_an_address_is_https_and_bare(app: App, typed: str, good: bool) -> None:
    """The form takes the address only as all other addresses begin with it."""
    address, *_ = app.code("connection", "unitwire", "params")
    assert bool(re.search(address["validate"]["pattern"], typed)) is good


@pytest.mark.parametrize(
    ("webhook", "event_type"),
    [
        *((camel_case(pascal_case(event.type)), event.type) for event in NAMED),
        ("events", "task.completed"),
    ],
)
def test_a_webhook_lives_as_long_as_it_is_there(
    app: App, account: Account, webhook: str, event_type: str
) -> None:
    """Attached: an endpoint of Make's. An event: the whole of it, as the sample. Detached: gone."""
    path = f"/make/{webhook}"
    chosen = {"event_types": [event_type]} if webhook == "events" else {}
    kept = app.attach(webhook, account.receiver_url + path, **chosen)
    id = kept["externalHookId"]
    endpoint = account.unitwire("GET", f"/webhook_endpoints/{id}")["endpoint"]
    assert endpoint["metadata"]["source"] == MAKE.slug
    assert endpoint["event_types"] == [event_type]
    assert len(account.upstream(id)) == 1

    event_id = account.happens(event_type)
    bundle = app.watch(webhook, json.loads(account.received(event_id, path)["body"]))
    assert (bundle["id"], bundle["type"]) == (event_id, event_type)
    module = f"watch{webhook[:1].upper()}{webhook[1:]}"
    assert app.components["module"][module]["webhook"] == webhook
    sample = app.code("module", module, "samples")
    assert set(sample) == set(bundle)
    if webhook != "events":
        (resource,) = bundle["data"]
        assert set(sample["data"][resource]) == set(bundle["data"][resource])

    app.detach(webhook, kept)
    account.unitwire("GET", f"/webhook_endpoints/{id}", status=404)
    assert account.upstream(id) == []
    app.detach(webhook, kept)  # a second time is no fault


def test_other_events_can_be_chosen(app: App, account: Account) -> None:
    """The webhook on any event offers all, and changes in place."""
    (choice,) = app.code("webhook", "events", "params")
    assert [each["value"] for each in choice["options"]] == list(EVENT_TYPES)
    kept = app.attach("events", f"{account.receiver_url}/make/chosen", event_types=["deal.won"])
    app.update("events", kept, event_types=["deal.lost", "deal.won"])
    found = account.unitwire("GET", f"/webhook_endpoints/{kept['externalHookId']}")["endpoint"]
    assert sorted(found["event_types"]) == ["deal.lost", "deal.won"]
    app.detach("events", kept)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda each: each.key)
def test_a_module_does_what_it_says(app: App, account: Account, action: Action) -> None:
    """It is carried out, and gives what its interface says, in which all of its sample is."""
    whole = good_input(FarShop(account), action)
    given = {key: value for key, value in whole.items() if value is not None}  # as forms are
    fresh = {key: f"{action.key}@example.net" for key in given if given[key] == "mira@example.com"}
    module = camel_case(action.key)
    bundles = app.run(module, **(given | fresh))
    assert bundles, "gave nothing"
    shown = {each["name"] for each in app.code("module", module, "interface")}
    for bundle in bundles:
        assert set(bundle) - {"meta"} <= shown
        assert set(app.code("module", module, "samples")) <= set(bundle) | {"data"}


def test_a_limit_is_kept(app: App) -> None:
    """A search gives no more than was asked for."""
    assert len(app.run("listUnits", limit=2)) == 2


def test_a_pdf_is_a_file(app: App, account: Account) -> None:
    """It has a name, and its bytes are those of a PDF."""
    invoice = next(account.all("/invoices", "invoices"))
    (bundle,) = app.run("getInvoicePdf", invoice_id=invoice["id"])
    assert bundle["fileName"].endswith(".pdf")
    assert bundle["data"].startswith(b"%PDF-")


@pytest.mark.parametrize("picklist", picklists_for(ACTIONS), ids=lambda each: each.name)
def test_a_dropdown_offers_what_is_there(app: App, picklist: Any) -> None:
    """Choices in words, all different."""
    found = app.choices(rpc_of(picklist.name))
    assert found
    assert len({each["value"] for each in found}) == len(found)
    assert all(each["label"] for each in found)


def test_units_are_narrowed_by_their_site(app: App, account: Account) -> None:
    """With a site chosen, only its units are offered; without, those of all."""
    units = {each["id"]: each["site"]["id"] for each in account.all("/units", "units")}
    assert {each["value"] for each in app.choices("listUnits")} == set(units)
    for site in set(units.values()):
        found = app.choices("listUnits", site_id=site)
        assert {each["value"] for each in found} == {
            each for each, place in units.items() if place == site
        }


def test_what_goes_wrong_makes_make_do_the_right_thing(app: App, account: Account) -> None:
    """A wrong field is said in words; without a good token Make asks to reconnect."""
    with pytest.raises(Failed, match=r"\[422\] .*e-mail address") as wrong:
        app.run("createContact", email="nobody", full_name="Jane")
    assert wrong.value.type == "DataError"
    stranger = App(FOLDER, account)
    stranger.connection = {"address": account.url, "accessToken": "no token"}
    with pytest.raises(Failed) as refused:
        stranger.run("listUnits")
    assert refused.value.type == "InvalidAccessTokenError"
