"""Picklists over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from acting import books, first
from broker import READ, Broker
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.catalogue.picklists import PICKLIST, PICKLISTS, STATIC
from connector.catalogue.scopes import SCOPES
from connector.factory import app_of

Ask = Callable[..., TestResponse]


@pytest.fixture
def app(broker: Broker) -> Flask:
    """The web app between the sandbox and its builders."""
    return app_of(broker.parts)


@pytest.fixture
def ask(broker: Broker, client: FlaskClient) -> Ask:
    """Return a function that asks for a picklist with a token of `scopes`."""

    def call(path: str, scopes: str = " ".join(SCOPES), **query: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {broker.personal_token(scopes)}"}
        return client.get(f"/2025-09/picklists/{path}", headers=headers, query_string=query)

    return call


@pytest.mark.parametrize("name", [*PICKLIST, *STATIC])
def test_every_picklist_is_answered(ask: Ask, name: str) -> None:
    """Values with labels, and how many there are."""
    response = ask(name)
    assert response.status_code == 200
    found = response.json["items"]
    assert found
    assert all(isinstance(each["value"], str) and each["label"] for each in found)
    assert response.json["meta"]["pagination"]["count"] >= len(found)


@pytest.mark.parametrize("row", PICKLISTS, ids=lambda row: row.name)
def test_a_picklist_needs_its_scope(broker: Broker, ask: Ask, row: Any) -> None:
    """Without it nothing is told, and Stora is not asked."""
    before = len(broker.stora.sandbox.gate.log)
    other = next(scope for scope in SCOPES if scope != row.scope)
    response = ask(row.name, scopes=other)
    assert response.status_code == 403
    assert row.scope in response.json["error"]["message"]
    assert ask(row.name, scopes=row.scope).status_code == 200
    assert len(broker.stora.sandbox.gate.log) > before


def test_event_types_need_theirs(ask: Ask) -> None:
    """As everywhere else."""
    assert ask("event_types", scopes=READ).status_code == 200
    assert ask("event_types", scopes="public.contact:read").status_code == 403


def test_pages(ask: Ask) -> None:
    """All pages together are the whole list, each choice once."""
    whole = ask("units", limit=100).json["items"]
    assert ask("units", page=1, limit=5).json["meta"]["pagination"]["next"] == 2
    pages = [ask("units", page=page, limit=5).json["items"] for page in (1, 2, 3, 4)]
    assert [item for page in pages for item in page] == whole


@pytest.mark.parametrize(("limit", "status"), [(100, 200), (101, 422), (1, 200), (0, 422)])
def test_a_page_has_a_limit(ask: Ask, limit: int, status: int) -> None:
    """1 to 100."""
    assert ask("units", limit=limit).status_code == status


def test_search_and_dependence(broker: Broker, ask: Ask) -> None:
    """Words narrow it, and so does what it depends on."""
    site = first(broker, "site")
    units = {each["id"] for each in books(broker, "unit") if each["site"]["id"] == site}
    found = ask("units", site=site, limit=100).json["items"]
    assert {each["value"] for each in found} == units
    available = ask("units", site=site, status="available", limit=100).json["items"]
    assert {each["value"] for each in available} < units
    named = ask("sites", q="riverSIDE").json["items"]
    assert [each["label"] for each in named] == ["Riverside"]


def test_what_does_not_narrow_it_is_refused(ask: Ask) -> None:
    """Silence would look like an answer."""
    for name in ("staff", "event_types"):
        response = ask(name, site="site_1")
        assert response.status_code == 422
        assert response.json["error"]["details"][0]["pointer"] == "/site"


@pytest.mark.parametrize(("length", "status"), [(255, 200), (256, 422)])
@pytest.mark.parametrize("name", ["q", "value", "site"])
def test_texts_have_a_limit(ask: Ask, name: str, length: int, status: int) -> None:
    """255 characters, not one more."""
    assert ask("units", **{name: "x" * length}).status_code == status


def test_what_is_left_blank_narrows_nothing(ask: Ask) -> None:
    """A builder sends `site=` where nobody has chosen one."""
    whole = ask("units", limit=100).json["items"]
    for name in ("q", "value", "site", "status", "page"):
        assert ask("units", **{"limit": 100, name: ""}).json["items"] == whole


def test_the_value_comes_along(ask: Ask) -> None:
    """With its label, whatever page it is on."""
    last = ask("units", limit=100).json["items"][-1]
    found = ask("units", limit=1, value=last["value"]).json["items"]
    assert found[0] == last


def test_an_unknown_name(ask: Ask) -> None:
    """A 404 that says which there are."""
    response = ask("no_such")
    assert response.status_code == 404
    assert "deal_stages" in response.json["error"]["message"]
