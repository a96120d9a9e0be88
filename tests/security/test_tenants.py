"""Tenants are walls: what belongs to another answers byte for byte like what does not exist."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from security.house import COMMON, FILES, UNKNOWN, Call, Tenant, ask, calls, settle
from stage import rows
from werkzeug.test import TestResponse

from connector.flows.parts import Parts
from connector.settings import Settings
from connector.store.tables import metadata

# Stora's door knows no callers: whoever has a webhook's address may knock.
NOBODYS = ("hooks.receive_webhook",)
# After these some other calls find nothing any more.
LAST = ("webhook_endpoints.delete_webhook_endpoint", "account_page.revoke")

# Where an id of somebody may stand besides a path.
QUERIES = (
    ("/2025-09/deliveries?endpoint_id={endpoint_id}", "deliveries.list_deliveries"),
    ("/2025-09/deliveries?event_id={event_id}", "deliveries.list_deliveries"),
    ("/2025-09/webhook_endpoints?metadata[external_id]=x-{endpoint_id}",
     "webhook_endpoints.list_webhook_endpoints"),
    ("/2025-09/picklists/event_types?q={endpoint_id}", "picklists.show_picklist"),
    ("/deliveries?q={delivery_id}", "deliveries_page.see_all"),
    ("/deliveries?q={event_id}", "deliveries_page.see_all"),
    ("/deliveries?workflow={endpoint_id}", "deliveries_page.see_all"),
    ("/deliveries?endpoint={endpoint_id}", "deliveries_page.see_all"),
    ("/deliveries?before={delivery_id}", "deliveries_page.see_all"),
    ("/deliveries/live?after={delivery_id}", "deliveries_page.live"),
    ("/replays/new?endpoint={endpoint_id}", "replays_page.choose"),
    ("/replays/new?q={event_id}", "replays_page.choose"),
    ("/why?id={endpoint_id}", "why_page.ask"),
    ("/why?id={delivery_id}", "why_page.ask"),
    ("/why?id={event_id}", "why_page.ask"),
    ("/why?id={replay_id}", "why_page.ask"),
    ("/why?id={grant_id}", "why_page.ask"),
)  # fmt: skip


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    """An installation behind https."""
    return make_settings(
        public_url="https://unitwire.example.com", stora_api_url="http://127.0.0.1:1"
    )


@pytest.fixture
def mine(parts: Parts) -> Tenant:
    """Who asks."""
    return settle(parts, 1)


@pytest.fixture
def theirs(parts: Parts) -> Tenant:
    """Whose things are asked for."""
    return settle(parts, 2)


@pytest.fixture
def nobodys(theirs: Tenant) -> dict[str, str]:
    """Ids that do not exist, of the same length."""
    return {name: id[: -len(UNKNOWN)] + UNKNOWN for name, id in theirs.ids.items()}


def told(answer: TestResponse, ids: dict[str, str]) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body, without the ids that were asked for and what is random."""
    text = answer.get_data(as_text=True)
    headers = "\n".join(f"{name}: {value}" for name, value in sorted(answer.headers.items()))
    for name, id in ids.items():
        text, headers = text.replace(id, f"<{name}>"), headers.replace(id, f"<{name}>")
    text = re.sub("dlv_[0-9a-f]{12}0{12}", "<now>", text)  # the id of this very moment
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>", text)
    return answer.status_code, headers, text


def everything_of(parts: Parts, tenant: Tenant) -> list[str]:
    """Return all rows that have to do with an operator."""
    found = [repr(row) for table in metadata.sorted_tables for row in rows(parts, table)]
    ids = (tenant.connection_id, *tenant.ids.values())
    return sorted(row for row in found if any(id in row for id in ids))


def owned(app: Flask) -> list[Call]:
    """Return the calls whose path names something of a tenant."""
    return [
        call
        for call in calls(app)
        if set(call.names) - COMMON.keys() and call.endpoint not in (*NOBODYS, *FILES)
    ]


def test_a_foreign_id_in_a_path_is_like_an_unknown_one(
    app: Flask,
    client: FlaskClient,
    parts: Parts,
    mine: Tenant,
    theirs: Tenant,
    nobodys: dict[str, str],
) -> None:
    """On every route; nothing of theirs is changed; and it is not the answer to one's own."""
    before = everything_of(parts, theirs)
    found = owned(app)
    assert len(found) > 25
    for call in found:
        foreign, unknown = (
            told(ask(client, call, call.path(ids), mine), ids) for ids in (theirs.ids, nobodys)
        )
        assert foreign == unknown, call
        assert foreign[0] in (303, 404) if call.is_page else foreign[0] == 404, call
    assert everything_of(parts, theirs) == before
    for call in sorted(found, key=lambda call: call.endpoint in LAST):
        own = told(ask(client, call, call.path(mine.ids), mine), mine.ids)
        assert own[0] not in (401, 404), call


def test_a_foreign_id_in_a_query_is_like_an_unknown_one(
    app: Flask,
    client: FlaskClient,
    mine: Tenant,
    theirs: Tenant,
    nobodys: dict[str, str],
) -> None:
    """In filters, cursors and searches."""
    reads = {call.endpoint: call for call in calls(app) if call.method == "GET"}
    for template, endpoint in QUERIES:
        foreign, unknown = (
            told(ask(client, reads[endpoint], template.format(**ids), mine), ids)
            for ids in (theirs.ids, nobodys)
        )
        assert foreign == unknown, template


def test_nobody_is_told_of_another(
    app: Flask, client: FlaskClient, mine: Tenant, theirs: Tenant
) -> None:
    """No answer to one's own calls, with or without ids, holds anything of a neighbour's."""
    for call in calls(app):
        if call.method == "GET":
            answer = ask(client, call, call.path(mine.ids), mine)
            for id in (theirs.connection_id, *theirs.ids.values()):
                assert id.encode() not in answer.data, call
            answer.close()


def test_replays_by_filter_move_nothing_of_a_neighbour(
    app: Flask, client: FlaskClient, parts: Parts, mine: Tenant, theirs: Tenant
) -> None:
    """Neither at the API nor on the page."""
    before = everything_of(parts, theirs)
    call = next(call for call in calls(app) if call.endpoint == "deliveries.replay_deliveries")
    body = {"endpoint_id": theirs.ids["endpoint_id"], "preview": False}
    answer = ask(client, call, call.rule, mine, json=body)
    assert answer.status_code in (200, 202), answer.text
    assert everything_of(parts, theirs) == before


def test_one_key_of_two_tenants_is_two_keys(
    app: Flask, client: FlaskClient, mine: Tenant, theirs: Tenant
) -> None:
    """An Idempotency-Key never gives another's answer."""
    call = next(
        call for call in calls(app) if call.endpoint == "webhook_endpoints.create_webhook_endpoint"
    )
    texts = []
    for tenant, name in ((mine, None), (theirs, 5)):
        answer = ask(
            client,
            call,
            call.rule,
            tenant,
            json={"name": name},
            headers={"Idempotency-Key": "the-same"},
        )
        assert answer.status_code == 422
        texts.append(json.loads(answer.text)["error"]["request_id"])
    assert texts[0] != texts[1]


def test_assistants_are_walled_too(
    app: Flask, client: FlaskClient, mine: Tenant, theirs: Tenant, nobodys: dict[str, str]
) -> None:
    """Over MCP, a foreign id in any tool's arguments is like an unknown one."""
    call = next(call for call in calls(app) if call.endpoint == "mcp.converse")

    def say(method: str, **params: Any) -> TestResponse:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return ask(client, call, call.rule, mine, json=message)

    tools = say("tools/list").json["result"]["tools"]
    assert tools
    for tool in tools:
        answers = []
        for ids in (theirs.ids, nobodys):
            given = dict.fromkeys(tool["inputSchema"].get("properties", {}), ids["endpoint_id"])
            answers.append(told(say("tools/call", name=tool["name"], arguments=given), ids))
        assert answers[0] == answers[1], tool["name"]
