"""The first run's page: the values of each builder, its steps and its recipes."""

import re
from html import unescape
from typing import Any

import pytest
import stage
from flask.testing import FlaskClient
from sqlalchemy import insert, update
from web.pages.conftest import BASE, signed_in

from connector.flows.clients import add_client, revoke_client
from connector.flows.first_run import progress
from connector.flows.parts import Parts
from connector.flows.personal_tokens import revoke_grant
from connector.platforms.builders import BUILDERS
from connector.platforms.guide import Here
from connector.settings import LEAST_SCOPES
from connector.store.tables import clients, connections, token_families
from connector.web.pages.marked import marked

one_store = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def copied(page: str) -> dict[str, str]:
    """Return what can be copied, by its label."""
    found = re.findall(
        r'<label for="([^"]+)">([^<]+)</label>\s*<div class="copy"><input id="\1" value="([^"]*)"',
        page,
    )
    return {unescape(label): unescape(value) for _, label, value in found}


@pytest.mark.parametrize("slug", BUILDERS)
@one_store
def test_every_builder_has_its_values_steps_and_recipes(
    parts: Parts, person: Any, slug: str
) -> None:
    """All of its guide is on the page, each value in a field of its own with a button."""
    page = person.look(f"/start?builder={slug}")
    guide = BUILDERS[slug](
        Here(
            parts.settings.origin,
            scopes=("public.webhook_endpoint:read", "public.webhook_endpoint:write"),
        )
    )
    assert {value.label: value.text for value in guide.values}.items() <= copied(page).items()
    assert page.count("data-copy=") == len(copied(page))
    for recipe in guide.recipes:
        assert recipe.title in unescape(page)
    assert f"Three {guide.workflow}s to try in {guide.called}" in page
    assert guide.package not in copied(page).values() or not guide.package
    if guide.placed:
        assert f"--platform {slug}" in copied(page)["To register it, where Unitwire runs"]


def test_a_registered_builder_shows_its_newest_client(parts: Parts, person: Any) -> None:
    """Its id is there to be copied, its secret nowhere, and it need not be registered again."""
    for number, revoked in enumerate((None, None, 5)):
        with parts.store.begin() as c:
            c.execute(
                insert(clients).values(
                    id=f"app_{number}",
                    platform="make",
                    name="Make",
                    secret_hash="hash-of-the-secret",
                    redirect_uris="https://www.make.com/oauth/cb/app",
                    scopes=" ".join(LEAST_SCOPES),
                    created_at=number,
                    revoked_at=revoked,
                )
            )
    page = person.look("/start?builder=make")
    assert copied(page)["Client ID"] == "app_1"
    assert "hash-of-the-secret" not in page
    assert "Registered" in page
    assert "To register it, where Unitwire runs" not in copied(page)


@one_store
def test_the_address_of_ones_own_builder_is_worked_in(person: Any) -> None:
    """Into its redirect URL, the command that registers it, and every link to it."""
    page = person.look("/start?builder=n8n&at=https://n8n.harbour.test/")
    redirect = "https://n8n.harbour.test/rest/oauth2-credential/callback"
    assert copied(page)["Redirect URL of n8n"] == redirect
    assert redirect in copied(page)["To register it, where Unitwire runs"]
    assert 'href="https://n8n.harbour.test/workflow/new"' in page
    plain = person.look("/start?builder=n8n&at=http://n8n.harbour.test")
    assert "It cannot be registered there." in plain
    assert "It cannot be registered there." not in page


@one_store
def test_nothing_leads_to_a_builder_while_it_is_not_known_where_it_runs(person: Any) -> None:
    """The example is a placeholder: neither a value, nor in a URL, a command or a link."""
    page = person.look("/start?builder=n8n")
    assert re.search(r'id="at" name="at" value="" placeholder="https://n8n.example.com"', page)
    assert page.count("n8n.example.com") == 1
    assert not {"Redirect URL of n8n", "To register it, where Unitwire runs"} & copied(page).keys()
    assert "Open n8n" not in page
    assert "Open n8n" in person.look("/start?builder=n8n&at=https://n8n.harbour.test")


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("n8n.harbour.test", "https://n8n.harbour.test"),
        ("n8n.harbour.test:5678/flow/", "https://n8n.harbour.test:5678/flow"),
        ("http://n8n.harbour.test", "http://n8n.harbour.test"),
        ("https://n8n.harbour.test:1", "https://n8n.harbour.test:1"),
        ("https://n8n.harbour.test:65535", "https://n8n.harbour.test:65535"),
    ],
)
@one_store
def test_a_bare_host_is_read_as_https(person: Any, typed: str, at: str) -> None:
    """And every port is one that there is."""
    page = person.look(f"/start?builder=n8n&at={typed}")
    assert copied(page)["Redirect URL of n8n"] == f"{at}/rest/oauth2-credential/callback"


NO_ADDRESS = (
    "javascript:alert(1)",
    'https://n8n.test/"',
    "https://n8n.test/%22onload=x",
    "https://user@n8n.test",
    "https://n8n.test?x=1",
    "https://n8n.test\nx",
    f"https://{'x' * 254}",
    "ftp://n8n.test",
    "https://n8n.test:0",
    "https://n8n.test:65536",
    "n8n.test:99999",
    "n8n test",
)


@one_store
def test_what_is_no_address_is_refused(person: Any) -> None:
    """It would stand in links; at the field, with what was typed. The longest host is one."""
    for at in NO_ADDRESS:
        asked = {"builder": "n8n", "at": at}
        answer = person.client.get("/start", query_string=asked, base_url=BASE)
        assert answer.status_code == 422, at
        assert "Write where your n8n runs, such as" in answer.text
        assert 'aria-invalid="true" aria-describedby="at-wrong"' in answer.text
        (kept,) = re.findall(r'id="at" name="at" value="([^"]*)"', answer.text)
        assert unescape(kept) == at
        assert "Open n8n" not in answer.text
    person.look(f"/start?builder=n8n&at=https://{'x' * 253}")


@one_store
def test_a_builder_that_was_allowed_is_known(parts: Parts, client: FlaskClient) -> None:
    """Until the consent is ended; an assistant is set up by that, for no event can start it."""
    stage.connect(parts)
    person = signed_in(parts, client)
    app, _ = add_client(parts, platform="mcp", redirect_uris=["https://assistant.test/cb"])
    family = {"id": "fam_1", "connection_id": "conn_1", "scopes": "", "created_at": 1}
    with parts.store.begin() as c:
        c.execute(insert(token_families).values(**family, client_id=app.id))
    builder = re.compile(r'id="builder" data-marked class="card ([a-z]+)"')
    assert progress(parts, "conn_1").allowed == {"mcp"}
    assert builder.findall(person.look("/start?builder=mcp")) == ["done"]
    assert builder.findall(person.look("/start?builder=zapier")) == ["now"]
    revoke_grant(parts, "fam_1", actor="test")
    assert progress(parts, "conn_1").allowed == frozenset()
    assert builder.findall(person.look("/start?builder=mcp")) == ["now"]


def test_a_builder_that_was_removed_is_allowed_no_more(parts: Parts) -> None:
    """Nor one that another operator allowed."""
    for number, connection_id in enumerate(("conn_1", "conn_2")):
        stage.connect(parts, connection_id)
        app, _ = add_client(parts, platform="make", redirect_uris=["https://make.test/cb"])
        family = {"id": f"fam_{number}", "scopes": "", "created_at": 1, "client_id": app.id}
        with parts.store.begin() as c:
            c.execute(insert(token_families).values(connection_id=connection_id, **family))
    assert progress(parts, "conn_2").allowed == {"make"}
    revoke_client(parts, app.id)
    assert progress(parts, "conn_2").allowed == frozenset()
    assert progress(parts, "conn_1").allowed == {"make"}


@one_store
def test_an_unknown_builder_is_refused(person: Any) -> None:
    """With a page that says so."""
    assert "no such builder" in person.look("/start?builder=abacus", 422)


def test_the_builder_of_the_newest_workflow_is_chosen(person: Any) -> None:
    """Who comes back sees what is theirs."""
    assert "Three Zaps to try in Zapier" in person.look("/start")


def test_a_connection_that_stora_no_longer_accepts_is_not_done(person: Any, parts: Parts) -> None:
    """The step is ticked only while the connection works; else it leads to renewing it."""
    well = r'<li class="card done"><header><span class="step"></span><h2>Stora is connected'
    assert re.search(well, person.look("/start"))
    with parts.store.begin() as c:
        c.execute(update(connections).values(status="needs_reauth"))
    page = person.look("/start")
    assert not re.search(well, page)
    assert '<a href="/account">Renew it</a>' in page


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "Press *Add* and type `npm install`.",
            "Press <em>Add</em> and type <code>npm install</code>.",
        ),
        ("<b>*<i>*`<u>`</b>", "&lt;b&gt;<em>&lt;i&gt;</em><code>&lt;u&gt;</code>&lt;/b&gt;"),
        ("2 * 3 is `a*b*c`", "2 * 3 is <code>a*b*c</code>"),
        ("**", "**"),
        ("", ""),
    ],
)
def test_marks_become_elements_and_nothing_else_does(text: str, html: str) -> None:
    """Whatever stands between and beside them is text."""
    assert marked(text) == html
