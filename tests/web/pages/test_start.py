"""The first run's page: the tested line, the values of each builder, its package, its recipes."""

import io
import json
import re
import tarfile
import threading
import zipfile
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import stage
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import insert, update
from web.pages.conftest import signed_in

from connector import world
from connector.flows import first_run
from connector.flows.clients import add_client, revoke_client
from connector.flows.first_run import FRESH_MS, PROBE, progress, reach
from connector.flows.parts import Parts
from connector.flows.personal_tokens import revoke_grant
from connector.flows.reach import DAY_MS, Finding
from connector.platforms.builders import BUILDERS
from connector.platforms.guide import EXAMPLE, Here, at_home
from connector.settings import LEAST_SCOPES
from connector.store.tables import clients, connections, refusals, token_families
from connector.web.pages.marked import marked

BASE = "http://127.0.0.1:8080"
one_store = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
GOOD = (Finding("address", "ok", "It answers."), Finding("clock", "ok", "It agrees."))
AWAY = Finding("address", "warn", "It could not be called from here.", "Look from elsewhere.")


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Return a function that says what a test of the way from Stora finds; each is counted."""

    def say(*found: Finding) -> list[int]:
        times: list[int] = []

        def probe(*_: Any) -> tuple[Finding, ...]:
            times.append(world.now_ms())
            return found

        monkeypatch.setattr(first_run, "probe", probe)
        return times

    return say


def settled(parts: Parts) -> None:
    """Wait until nothing is being tested any more."""
    for _ in range(500):
        if not parts.background.busy(PROBE):
            return
        world.sleep(0.01)
    raise AssertionError("still busy")


# ---- the tested line ---------------------------------------------------------------------------


def test_the_page_does_not_wait_for_the_test(
    parts: Parts, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there at once, says that a test runs, and looks again by itself."""
    held = threading.Event()
    monkeypatch.setattr(first_run, "probe", lambda *_: (held.wait(10), GOOD)[1])
    page = person.look("/start")
    assert "Being tested" in page
    assert re.search(r'id="reach"[^>]*data-refresh', page)
    held.set()
    settled(parts)
    page = person.look("/start")
    assert "It answers." in page
    assert "data-refresh" not in page.partition('id="reach"')[2].partition(">")[0]


def test_what_was_found_counts_ten_minutes(parts: Parts, person: Any, probed: Any) -> None:
    """To the millisecond; then it is tested once more, while the old result is shown."""
    times = probed(*GOOD)
    with time_machine.travel(world.now_ms() / 1000, tick=False) as clock:
        for shift_s, tests in ((0, 1), (FRESH_MS / 1000, 1), (0.001, 2)):
            clock.shift(shift_s)
            person.look("/start")
            settled(parts)
            assert len(times) == tests


def test_it_is_tested_again_on_request(parts: Parts, person: Any, probed: Any) -> None:
    """By the button, and by nobody who is not signed in or comes from another page."""
    times = probed(*GOOD)
    person.look("/start")
    settled(parts)
    assert person.press("/start/reach?builder=n8n").location == "/start?builder=n8n&at=#reach"
    settled(parts)
    assert len(times) == 2
    person.press("/start/reach", 403, csrf="x")
    person.client.delete_cookie("unitwire", domain="127.0.0.1")
    assert person.client.post("/start/reach", base_url=BASE).status_code == 403
    settled(parts)
    assert len(times) == 2


@pytest.mark.parametrize("status", ["warn", "fail"])
def test_what_is_wrong_is_told_with_what_mends_it(
    parts: Parts, person: Any, probed: Any, status: str
) -> None:
    """As text, whatever is in it."""
    probed(Finding("certificate", status, "<b>Ended.</b>", "Renew it with `certbot`."))
    person.look("/start")
    settled(parts)
    page = person.look("/start")
    assert "&lt;b&gt;Ended.&lt;/b&gt;" in page
    assert "Renew it with <code>certbot</code>." in page
    assert ("To mend" if status == "fail" else "Not known yet") in page


def test_an_event_that_came_proves_the_address(
    parts: Parts, person: Any, probed: Any, log: Any
) -> None:
    """Also where this network cannot call itself; what is certainly wrong stays wrong."""
    probed(AWAY, GOOD[1])
    log()
    seen = progress(parts, "conn_1")
    reach(parts, "conn_1", seen)
    settled(parts)
    found = reach(parts, "conn_1", seen)
    assert found.good is True
    assert AWAY not in found.found
    probed(Finding("address", "fail", "Something else answers.", "Mend it."))
    first_run.probe_again(parts)
    settled(parts)
    assert reach(parts, "conn_1", seen).good is False


@pytest.mark.parametrize(("age_ms", "good"), [(DAY_MS - 1000, False), (DAY_MS, True)])
def test_webhooks_refused_for_their_age_are_told_for_a_day(
    parts: Parts, person: Any, probed: Any, age_ms: int, good: bool
) -> None:
    """They prove that the clock was wrong, but not that it still is."""
    probed(*GOOD)
    row = {"endpoint_id": "we_1", "reason": "age", "count": 1, "last_at": world.now_ms() - age_ms}
    with parts.store.begin() as c:
        c.execute(insert(refusals).values(row))
    seen = progress(parts, "conn_1")
    reach(parts, "conn_1", seen)
    settled(parts)
    assert reach(parts, "conn_1", seen).good is good


# ---- the builder -------------------------------------------------------------------------------


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


# ---- the package -------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", [slug for slug in BUILDERS if slug != "custom"])
@one_store
def test_a_package_can_be_downloaded_with_the_own_address(
    parts: Parts, person: Any, slug: str
) -> None:
    """All its files, and the example's address in none but the README, which explains."""
    answer = person.client.get(f"/start/packages/{slug}.zip", base_url=BASE)
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="unitwire-{slug}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert files.pop(f"unitwire-{slug}/README.md")
    assert not any(EXAMPLE.partition("://")[2].encode() in content for content in files.values())
    again = person.client.get(f"/start/packages/{slug}.zip", base_url=BASE)
    assert again.data == answer.data


@pytest.mark.parametrize("slug", ["n8n", "node-red"])
@one_store
def test_a_package_of_npm_can_be_installed_from_a_file(person: Any, slug: str) -> None:
    """In the form that npm packs, which the page offers where the builder installs from npm."""
    path = f"/start/packages/{slug}.tgz"
    assert f'href="{path}"' in person.look(f"/start?builder={slug}")
    answer = person.client.get(path, base_url=BASE)
    assert answer.mimetype == "application/gzip"
    with tarfile.open(fileobj=io.BytesIO(answer.data)) as archive:
        found = archive.extractfile("package/package.json")
        assert found is not None
        assert json.load(found)["name"] == BUILDERS[slug](Here()).package
        assert all(name.startswith("package/") for name in archive.getnames())
    assert person.client.get(path, base_url=BASE).data == answer.data


@pytest.mark.parametrize("slug", BUILDERS)
@one_store
def test_what_is_imported_can_be_downloaded_alone(parts: Parts, person: Any, slug: str) -> None:
    """Each file that the page offers, as it is to be imported."""
    page = person.look(f"/start?builder={slug}")
    paths = re.findall(r'href="(/start/files/[^"]+)"', page)
    guide = BUILDERS[slug](Here())
    assert len(paths) == len(guide.files) + sum(bool(each.file) for each in guide.recipes)
    for path in paths:
        answer = person.client.get(path, base_url=BASE)
        assert answer.status_code == 200
        if path.endswith(".json"):
            assert json.loads(answer.data)
            assert EXAMPLE.encode() not in answer.data


@one_store
def test_a_flow_of_node_red_knows_this_unitwire(person: Any) -> None:
    """Its account needs a token only."""
    flow = person.client.get("/start/files/node-red/examples/arrears.json", base_url=BASE).json
    [account] = [node for node in flow if node["type"] == "unitwire-account"]
    assert account["address"] == BASE


NOT_OFFERED = (
    "/start/packages/abacus.zip",
    "/start/packages/custom.zip",
    "/start/packages/asyncapi.zip",
    "/start/packages/zapier.tgz",
    "/start/packages/abacus.tgz",
    "/start/files/n8n/package.json",
    "/start/files/n8n/../zapier/package.json",
    "/start/files/n8n/examples/none.json",
    "/start/files/abacus/x.json",
)


@one_store
def test_nothing_else_can_be_downloaded(person: Any) -> None:
    """Only what is offered."""
    for path in NOT_OFFERED:
        person.look(path, 404)


def test_downloads_are_for_who_is_signed_in(client: FlaskClient) -> None:
    """Like every page here."""
    answer = client.get("/start/packages/n8n.zip", base_url=BASE)
    assert (answer.status_code, answer.location) == (
        303,
        "/connect?then=%2Fstart%2Fpackages%2Fn8n.zip",
    )


def test_the_example_gives_way_to_the_own_address() -> None:
    """The whole address where it stands whole, else the host."""
    here = Here("https://unitwire.harbour.test")
    both = f"{EXAMPLE}/mcp and unitwire.example.com".encode()
    assert at_home(both, here) == b"https://unitwire.harbour.test/mcp and unitwire.harbour.test"


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


def test_a_connection_that_stora_no_longer_accepts_is_not_done(person: Any, parts: Parts) -> None:
    """The step is ticked only while the connection works; else it leads to renewing it."""
    well = r'<li class="card done"><header><span class="step"></span><h2>Stora is connected'
    assert re.search(well, person.look("/start"))
    with parts.store.begin() as c:
        c.execute(update(connections).values(status="needs_reauth"))
    page = person.look("/start")
    assert not re.search(well, page)
    assert '<a href="/account">Renew it</a>' in page
