"""Laws of actions through Unitwire: every row over HTTP, against the sandbox on a socket.

Each action is sent its sample, with the ids of objects that Stora really has.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from acting import books
from broker import Broker, serve_stora
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from connector.catalogue.actions import ACTIONS
from connector.catalogue.actions.examples import counter_examples, sample_input
from connector.catalogue.actions.row import Action
from connector.catalogue.describe import Field, describe
from connector.catalogue.json_schema import json_schema
from connector.catalogue.scopes import SCOPES
from connector.factory import app_of
from connector.flows.parts import open_parts
from connector.flows.timeline_writer import write_due
from connector.settings import Settings
from connector.store.tables import timeline_entries

WRITES = ("POST", "PATCH", "DELETE")
BY_KEY = pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.key)


@pytest.fixture
def broker(make_settings: Callable[..., Settings]) -> Iterator[Broker]:
    """An installation with two connections, once on each store."""
    with serve_stora() as stora:
        parts = open_parts(make_settings(stora_api_url=stora.url))
        yield Broker(parts, stora)
        parts.close()


@pytest.fixture
def post(broker: Broker) -> Callable[[Action, Mapping[str, Any]], TestResponse]:
    """Return a function that runs an action with a token that may do everything."""
    client: FlaskClient = app_of(broker.parts).test_client()
    headers = {"Authorization": f"Bearer {broker.personal_token(' '.join(SCOPES))}"}
    return lambda action, input: client.post(
        f"/2025-09/actions/{action.key}", json=input, headers=headers
    )


def real(broker: Broker, fields: tuple[Field, ...], input: Mapping[str, Any]) -> dict[str, Any]:
    """Return an input whose ids are those of objects that Stora has, the newest of each kind."""
    made = dict(input)
    for field in fields:
        if field.key in made and field.resources:
            made[field.key] = books(broker, field.resources[0])[-1]["id"]
        elif field.key in made and field.item == "object":
            made[field.key] = [real(broker, field.children, line) for line in made[field.key]]
    return made


@BY_KEY
def test_every_action_does_its_work(broker: Broker, post: Any, action: Action) -> None:
    """Done, in the promised form and with an entry in the timeline; or refused for good reason.

    A reason is one that Stora's books give, told at a field of the form; never a 404, since all
    ids exist, and never a fault of ours.
    """
    input = real(broker, describe(action.input), sample_input(action))
    response = post(action, input)
    body = response.json
    written = [each for method in WRITES for each in broker.stora.calls(method)]
    if response.status_code == 200:
        Draft202012Validator(json_schema(action.output)).validate(body)
        noted = bool(written) and action.resource != "timeline_event"
        assert write_due(broker.parts) == noted
        if noted:
            (row,) = broker.parts.store.engine.connect().execute(timeline_entries.select()).all()
            assert (row.status, row.problem) == ("written", None)
    else:
        assert response.status_code in (409, 422), body
        assert body["error"]["code"] in ("conflict", "stora_refused")
        keys = {field.key for field in describe(action.input)}
        for detail in body["error"]["details"]:
            assert detail["pointer"] == "" or detail["pointer"].split("/")[1] in keys
        assert write_due(broker.parts) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_wrong_reaches_stora(broker: Broker, post: Any) -> None:
    """Every counter-example of every action is refused here, at its field."""
    before = len(broker.stora.sandbox.gate.log)
    for action in ACTIONS:
        for example in counter_examples(action):
            response = post(action, example.input)
            assert response.status_code in (400, 422), (action.key, example)
            pointers = [each["pointer"] for each in response.json["error"]["details"]]
            assert example.pointer in pointers or response.status_code == 400, (action.key, example)
    assert len(broker.stora.sandbox.gate.log) == before
