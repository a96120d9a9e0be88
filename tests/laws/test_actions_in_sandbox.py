"""Laws of actions against the sandbox: every row does there what it says, through all of HTTP.

What the sandbox refuses, Stora would refuse; so no form makes a body that is not Stora's.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from connector.catalogue.actions import ACTION, ACTIONS
from connector.catalogue.actions.examples import sample_input
from connector.catalogue.actions.row import Action, Call, Outcome, Reply, run
from connector.catalogue.describe import describe
from connector.catalogue.forms import pointer_of
from connector.catalogue.json_schema import json_schema
from connector.catalogue.picklists import PICKLISTS, Picklist, items
from connector.catalogue.places import PLACES
from connector.dialect.body import load
from connector.errors import GiveUp
from connector.sandbox import Operator, Sandbox, create_sandbox
from connector.stora.refusals import refusal_of
from connector.stora.wire import Answer

LATER = "2999-03-01"
HARBOUR = Operator("harbour", "Harbour Self Storage", "harbour-token", "id", "secret")


class Shop:
    """One operator's business in the sandbox, and the hands that act in it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.client = sandbox.test_client()
        self.token = HARBOUR.token  # with all scopes

    def perform(self, call: Call) -> Reply:
        """Make a call as the product does: with a token, and with its errors told apart."""
        response = self.client.open(
            f"/2025-09{call.path}",
            method=call.method,
            query_string=dict(call.params),
            json=call.json,
            headers={"Authorization": f"Bearer {self.token}", "Accept": call.accept},
        )
        body = response.json if response.is_json else {}
        if not 200 <= response.status_code < 300:
            raise refusal_of(Answer(response.status_code, body, response.headers))
        return Reply(response.status_code, body, response.data)

    def limit_to(self, scopes: Iterable[str]) -> None:
        """Act with a token that has these scopes only."""
        asked = {
            "grant_type": "client_credentials",
            "client_id": HARBOUR.client_id,
            "client_secret": HARBOUR.client_secret,
            "scope": " ".join(scopes),
        }
        self.token = self.client.post("/oauth2/token", json=asked).json["access_token"]

    def do(self, key: str, **input: Any) -> Outcome:
        """Carry out an action."""
        action = ACTION[key]
        return run(action.story(load(action.input(), input)), self.perform)

    def all(self, resource: str) -> list[Any]:
        """Return all documents of a resource, oldest first."""
        return self.sandbox.state.all("harbour", resource)

    def id(self, resource: str, **values: object) -> str:
        """Return the id of the first document of a resource that has these values."""
        return next(
            str(each["id"]) for each in self.all(resource) if values.items() <= each.items()
        )

    def tenancy(self) -> Any:
        """Return a tenancy that goes on."""
        return next(each for each in self.all("tenancy") if each["ends_at"] is None)

    def customer(self, status: str) -> str:
        """Return the id of the contact who has a unit in this state."""
        (person,) = self.do("find_person_of_unit", unit_id=self.id("unit", status=status)).body[
            "flat"
        ]
        return str(person["contact_id"])

    def order(self) -> str:
        """Draft an order that can be finalized."""
        kind = next(each for each in self.all("unit_type") if each["name"] == "Locker")
        order = self.do(
            "create_order",
            site_id=kind["site"]["id"],
            contact_id=self.all("contact")[-1]["id"],
            billing_period="monthly",
            starts_at=LATER,
            contract_template_id=self.id("contract_template"),
            line_items=[{"type": "unit_type", "item_id": kind["id"], "quantity": 1}],
        )
        return str(order.body["flat"]["order_id"])


def opened() -> Iterator[Shop]:
    """Open Harbour's business, and close it afterwards."""
    sandbox = create_sandbox(operators=[HARBOUR], limits=False)
    yield Shop(sandbox)
    sandbox.deliverer.stop()
    sandbox.state.close()


shop = pytest.fixture(opened)
window = pytest.fixture(opened, scope="module")  # for those who only look


# What an action needs beyond the examples of its form: things in the right state.
NEEDS: dict[str, Callable[[Shop], dict[str, Any]]] = {
    "create_contact": lambda shop: {"email": "mira@example.com"},
    "find_or_create_contact": lambda shop: {"email": "mira@example.com"},
    "find_contact": lambda shop: {
        key: shop.all("contact")[0][key] for key in ("email", "phone_number", "full_name")
    },
    "find_person_of_unit": lambda shop: {"unit_id": shop.id("unit", status="occupied")},
    "find_units_of_contact": lambda shop: {"contact_id": shop.customer("occupied")},
    "win_deal": lambda shop: {"deal_id": shop.id("deal", status="open")},
    "lose_deal": lambda shop: {"deal_id": shop.id("deal", status="open")},
    "reopen_deal": lambda shop: {"deal_id": shop.id("deal", status="lost")},
    "create_order": lambda shop: {
        "line_items": [
            {"type": "unit_type", "item_id": shop.id("unit_type"), "quantity": 1, "price": "99.5"}
        ],
        "site_id": shop.all("unit_type")[0]["site"]["id"],
        "contact_email": "mira@example.com",
        "cancel_redirect_url": None,
        "starts_at": LATER,
    },
    "validate_order": lambda shop: {"order_id": shop.order()},
    "finalize_order": lambda shop: {"order_id": shop.order()},
    "reserve_unit": lambda shop: {
        "unit_id": shop.id("unit", status="available"),
        "tenancy_id": shop.tenancy()["id"],
    },
    "grant_unit_access": lambda shop: {
        "unit_id": shop.id("unit", status="available"),
        "tenancy_id": shop.tenancy()["id"],
    },
    "deallocate_unit": lambda shop: {"unit_id": shop.id("unit", status="occupied")},
    "overlock_units": lambda shop: {"contact_id": shop.customer("occupied")},
    "remove_overlock": lambda shop: {"contact_id": shop.customer("overlocked")},
    "set_product_price": lambda shop: {"product_id": shop.id("product", charge_type="recurring")},
    "complete_task": lambda shop: {"task_id": shop.id("task", status="open")},
    "reopen_task": lambda shop: {"task_id": shop.id("task", status="completed")},
    "add_timeline_event": lambda shop: {
        "template_id": shop.id("timeline_template", name="Workflow Action"),
        "variables": None,
    },
    "get_contract_pdf": lambda shop: {"contract_id": shop.id("contract", status="signed")},
}

every_action = pytest.mark.parametrize("action", ACTIONS, ids=lambda each: each.key)
every_picklist = pytest.mark.parametrize("row", PICKLISTS, ids=lambda each: each.name)


def asked_by_id(action: Action) -> str | None:
    """Return the field of what an action is done to, or a search is for; None if there is none."""
    if action.key.startswith(("create_", "add_", "list_", "find_")):
        return None
    fields = [field for field in describe(action.input) if field.required and field.resources]
    return fields[0].key if fields else None


def good_input(shop: Shop, action: Action) -> dict[str, Any]:
    """Return the sample with ids of things that are there; lists are narrowed by one of them."""
    input = sample_input(action)
    for field in describe(action.input):
        if field.key in input and field.resources:
            input[field.key] = shop.id(field.resources[0])
    if action.key.startswith("list_"):
        first = shop.all(str(action.resource))[0]
        created = {"created_after": first["created_at"], "created_before": "9999-01-01"}
        input = {"limit": 100, **(created if first["created_at"] else {})}
        if "status" in first:
            input["status"] = first["status"]
    return input | (NEEDS[action.key](shop) if action.key in NEEDS else {})


@every_action
def test_an_action_does_what_it_says(shop: Shop, action: Action) -> None:
    """With no more than its scopes, it is taken, and the outcome has the form that is described."""
    input = good_input(shop, action)
    shop.limit_to(action.scopes_for(load(action.input(), input)))
    outcome = shop.do(action.key, **input)
    assert list(outcome.answer) == [field.key for field in action.output]
    Draft202012Validator(json_schema(action.output)).validate(outcome.answer)
    if action.kind == "search":
        assert outcome.body[PLACES[str(action.resource)].many], "found nothing"


@pytest.mark.parametrize("action", [a for a in ACTIONS if asked_by_id(a)], ids=lambda a: a.key)
def test_what_is_not_there_is_told(window: Shop, action: Action) -> None:
    """An id of nothing is an error of an action, at its field; a search finds nothing."""
    key = str(asked_by_id(action))
    input = sample_input(action) | {key: "x_0000000000000000"}
    if action.kind == "search":
        assert window.do(action.key, **input).body["flat"] == []
        return
    with pytest.raises(GiveUp) as caught:
        window.do(action.key, **input)
    pointers = [pointer_of(action.input, each["pointer"]) for each in caught.value.details]
    assert not pointers or f"/{key}" in pointers


@every_picklist
def test_a_picklist_has_choices(window: Shop, row: Picklist) -> None:
    """Every live picklist is filled from the sandbox, with words and different values."""
    reply = window.perform(Call("GET", row.path, row.params))
    choices = items(row, reply.body[row.envelope])
    assert choices
    assert len({each["value"] for each in choices}) == len(reply.body[row.envelope])
    assert all(each["label"] != each["value"] for each in choices)


def test_every_field_of_an_update_can_be_emptied(shop: Shop) -> None:
    """The sandbox takes what empties a field, and shows the field empty."""
    for key in ("update_contact", "update_deal", "update_task"):
        resource = key.removeprefix("update_")
        input = good_input(shop, ACTION[key])
        (clear,) = (field for field in describe(ACTION[key].input) if field.key == "clear")
        shop.do(key, **input)
        id = {f"{resource}_id": input[f"{resource}_id"]}
        names = [option.value for option in clear.choices]
        document = shop.do(key, **id, clear=names).body[resource]
        for name in names:
            emptied = document.get(name.removesuffix("_id"))
            assert not emptied or set(emptied.values()) == {None}, name


def test_a_contact_is_created_once(shop: Shop) -> None:
    """Finding or creating the same person again finds them, whatever the case of the letters."""
    first = shop.do("find_or_create_contact", email="mira@example.com", full_name="Mira Stone")
    again = shop.do("find_or_create_contact", email="MIRA@example.com", full_name="Mira Stone")
    assert (first.body["created"], again.body["created"]) == (True, False)
    assert first.body["flat"] == again.body["flat"]


def test_a_person_is_found_by_number_with_or_without_country(shop: Shop) -> None:
    """Whoever is known with the country is found without it."""
    shop.do("create_contact", email="m@example.com", full_name="M", phone_number="+447700900999")
    for written in ("07700 900999", "+44 (0)7700 900999", "0044 7700 900999"):
        found = shop.do("find_contact", phone_number=written).body["contacts"]
        assert [each["email"] for each in found] == ["m@example.com"], written
