"""Quotas: each at its limit and one above, in the real flows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import pytest
from broker import BODY, Broker
from parallel import at_once
from sqlalchemy import Table, update

from connector.errors import QuotaReached
from connector.flows import authorise, idempotency, personal_tokens, quotas, replays, subscribe
from connector.flows.clients import add_client, find_client
from connector.flows.sessions import Session
from connector.store.tables import (
    idempotency_keys,
    token_families,
    webhook_endpoints,
)
from connector.store.tables import replays as replays_table

MOST = 3


@dataclass(frozen=True)
class Case:
    """How an operator gets one more, which module asks first, and what makes room again."""

    name: str
    asks: ModuleType
    add: Callable[[Broker, int, str], object]
    table: Table
    room: dict[str, Any]


def add_endpoint(broker: Broker, operator: int, name: str) -> None:
    """Make a webhook endpoint."""
    body = BODY | {"metadata": {"source": "zapier", "external_id": name}}
    subscribe.subscribe(broker.parts, broker.app(operator=operator), body)


def add_personal_token(broker: Broker, operator: int, name: str) -> None:
    """Make a personal token."""
    connection_id = broker.connections[operator]
    personal_tokens.add_token(broker.parts, connection_id=connection_id, name=name)


def allow_builder(broker: Broker, operator: int, name: str) -> None:
    """Consent to a builder's request, which then gets its tokens."""
    uri = "https://zapier.example.com/callback"
    made, _ = add_client(broker.parts, platform="zapier", name=name, redirect_uris=(uri,))
    client = find_client(broker.parts, made.id)
    assert client is not None
    asked = authorise.Asked(client, uri, client.scopes, None, None, {})
    session = Session(broker.connections[operator], "", client.scopes)
    authorise.allow(broker.parts, asked, session)
    broker.app_token(operator=operator)


def add_replay(broker: Broker, operator: int, name: str) -> None:
    """Begin to let a backlog go."""
    with broker.parts.store.begin() as c:
        replays.begin_backlog(c, broker.connections[operator], name, 1, 60)


def use_key(broker: Broker, operator: int, name: str) -> None:
    """Use an Idempotency-Key."""
    caller = broker.app(operator=operator)
    idempotency.begin(broker.parts, caller, name, "POST /2025-09/webhook_endpoints")


CASES = (
    Case("ENDPOINTS", subscribe, add_endpoint, webhook_endpoints, {"deleted_at": 1}),
    Case("PERSONAL_TOKENS", personal_tokens, add_personal_token, token_families, {"revoked_at": 1}),
    Case("PERMISSIONS", authorise, allow_builder, token_families, {"revoked_at": 1}),
    Case("REPLAYS", replays, add_replay, replays_table, {"status": "finished"}),
    Case("KEYS", idempotency, use_key, idempotency_keys, {"created_at": 1}),
)


@pytest.fixture
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A case whose limit is `MOST`."""
    case: Case = request.param
    lowered = replace(getattr(quotas, case.name), most=MOST)
    monkeypatch.setattr(case.asks, case.name, lowered)
    return case


def each(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """Run a test with each of `cases`."""
    return pytest.mark.parametrize("case", list(cases), ids=lambda case: case.name, indirect=True)


def test_every_quota_has_its_case() -> None:
    """A new quota wants a new case here."""
    assert tuple(getattr(quotas, case.name) for case in CASES) == quotas.QUOTAS


@each(CASES)
def test_the_last_is_had_and_one_more_is_not(broker: Broker, case: Case) -> None:
    """The refusal names the limit and what to do; others are not concerned; room lets one in."""
    quota = getattr(quotas, case.name)
    for number in range(MOST):
        case.add(broker, 0, f"number {number}")
    with pytest.raises(QuotaReached) as refused:
        case.add(broker, 0, "one more")
    assert f"{MOST} {quota.what}" in refused.value.message
    assert quota.advice in refused.value.message
    case.add(broker, 1, "a neighbour's")
    with broker.parts.store.begin() as c:
        mine = case.table.c.connection_id == broker.connections[0]
        c.execute(update(case.table).where(mine).values(case.room))
    case.add(broker, 0, "one more")


@each(case for case in CASES if case.name != "PERMISSIONS")  # counts from the code's exchange on
def test_a_limit_is_exact_however_many_ask_at_once(broker: Broker, case: Case) -> None:
    """Of eight at the same moment only as many get one as there may be."""
    results = at_once(8, lambda number: case.add(broker, 0, f"number {number}"))
    refused = [each for each in results if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [QuotaReached] * (8 - MOST)


def test_what_is_over_does_not_count(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens that expired take no room."""
    monkeypatch.setattr(personal_tokens, "PERSONAL_TOKENS", replace(quotas.PERSONAL_TOKENS, most=1))
    connection_id = broker.connections[0]
    personal_tokens.add_token(broker.parts, connection_id=connection_id, days=1)
    moment = quotas.world.now_ms() + 86_400_001
    monkeypatch.setattr(quotas.world, "now_ms", lambda: moment)
    personal_tokens.add_token(broker.parts, connection_id=connection_id)
    with pytest.raises(QuotaReached):
        personal_tokens.add_token(broker.parts, connection_id=connection_id)
