"""What the first run's page lets download: packages and files that know this Unitwire."""

import io
import json
import re
import tarfile
import zipfile
from typing import Any

import pytest
from flask.testing import FlaskClient
from web.pages.conftest import BASE

from connector.flows.parts import Parts
from connector.platforms.builders import BUILDERS
from connector.platforms.guide import EXAMPLE, Here, at_home

one_store = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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
