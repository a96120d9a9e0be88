"""What tests of actions begin with: a caller who may do all, and a look into Stora's books."""

from dataclasses import replace
from typing import Any

from broker import OPERATORS, Broker
from sqlalchemy import update

from connector.catalogue.actions import ACTION
from connector.catalogue.scopes import SCOPES
from connector.dialect.body import load
from connector.flows.act import Done, act
from connector.flows.callers import Caller
from connector.sandbox.faults import ApiFault
from connector.store.tables import connections

JANE: dict[str, Any] = {"email": "jane@example.com", "full_name": "Jane Doe"}


def everybody(broker: Broker, platform: str = "zapier", operator: int = 0) -> Caller:
    """Return an app that may do everything for an operator."""
    return replace(broker.app(platform, operator), scopes=frozenset(SCOPES))


def do(broker: Broker, name: str, input: dict[str, Any], **options: Any) -> Done:
    """Carry out an action for the first operator; `caller` may be another."""
    action = ACTION[name]
    caller = options.pop("caller", None) or everybody(broker)
    return act(broker.parts, caller, action, load(action.input(), input), **options)


def books(broker: Broker, resource: str, operator: int = 0) -> list[dict[str, Any]]:
    """Return what Stora has of a resource."""
    return list(broker.stora.sandbox.state.all(OPERATORS[operator], resource))


def named(broker: Broker, email: str = JANE["email"]) -> list[dict[str, Any]]:
    """Return the contacts with an e-mail address."""
    return [each for each in books(broker, "contact") if each["email"] == email]


def first(broker: Broker, resource: str, **values: Any) -> str:
    """Return the id of the first document of a resource that has these values."""
    found = books(broker, resource)
    return str(next(each["id"] for each in found if values.items() <= each.items()))


def posts(broker: Broker, path: str = "/2025-09/contacts") -> int:
    """Return how often Stora was asked to do it."""
    return broker.stora.calls("POST").count(path)


def break_down(
    broker: Broker, kind: Any, path: str = "/2025-09/contacts", method: str = "POST", **more: Any
) -> None:
    """Let the next calls of `method` to `path` go wrong."""
    broker.stora.sandbox.faults.set([ApiFault(kind, path=path, method=method, **more)], [])


def forbid(broker: Broker, scope: str) -> None:
    """Take a scope from the first connection, as far as Unitwire knows."""
    left = " ".join(each for each in SCOPES if each != scope)
    with broker.parts.store.begin() as c:
        c.execute(
            update(connections).where(connections.c.id == broker.connections[0]).values(scopes=left)
        )
