"""A contact is forgotten in the answers that are kept for whoever repeats a request."""

import json

import pytest
from acting import JANE, do, everybody, named
from broker import Broker
from stage import rows

from connector.errors import Conflict
from connector.flows.erase import erase
from connector.flows.idempotency import WAS_DONE, Begun, Kept, begin
from connector.flows.reseal import BATCH
from connector.store.tables import action_runs, idempotency_keys

ROUTE = "POST /2025-09/deliveries/replay"
JOHN = {"email": "john@example.com", "full_name": "John Roe"}


def kept(broker: Broker) -> str:
    """Return all answers that are kept, opened."""
    found = rows(broker.parts, action_runs) + rows(broker.parts, idempotency_keys)
    return " ".join(broker.parts.vault.open(row.answer_sealed) for row in found)


def test_an_actions_answer_is_forgotten_and_the_action_not_repeated(broker: Broker) -> None:
    """The repeat is told that it was done; no second contact is made, and others keep theirs."""
    jane = do(broker, "create_contact", JANE, key="jane").answer["contact"]["id"]
    john = do(broker, "create_contact", JOHN, key="john").answer
    assert erase(broker.parts, jane).kept_answers == 1
    assert jane not in kept(broker)
    assert JANE["email"] not in kept(broker)
    with pytest.raises(Conflict, match=WAS_DONE):
        do(broker, "create_contact", JANE, key="jane")
    assert len(named(broker)) == 1
    assert do(broker, "create_contact", JOHN, key="john").answer == john
    assert erase(broker.parts, jane).kept_answers == 0


def test_an_answer_kept_for_an_idempotency_key_is_forgotten(broker: Broker) -> None:
    """Whatever it was an answer to; one more than fits into a batch are all found."""
    caller = everybody(broker)
    body = json.dumps({"sample": {"contact": {"id": "con_4f0c2a9be1d35778"}}})
    for number in range(BATCH + 1):
        begun = begin(broker.parts, caller, f"k{number}", ROUTE)
        assert isinstance(begun, Begun)
        begun.keep(Kept(200, body, {}))
    other = begin(broker.parts, caller, "other", ROUTE)
    assert isinstance(other, Begun)
    other.keep(Kept(200, "{}", {}))
    assert erase(broker.parts, "con_4f0c2a9be1d35778").kept_answers == BATCH + 1
    assert "con_4f0c2a9be1d35778" not in kept(broker)
    with pytest.raises(Conflict, match=WAS_DONE):
        begin(broker.parts, caller, "k0", ROUTE)
    assert begin(broker.parts, caller, "other", ROUTE) == Kept(200, "{}", {})
