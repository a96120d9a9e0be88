"""Laws of the guides: what a person is told of a builder fits its package and its papers."""

import json
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connector.catalogue.scopes import SCOPES
from connector.catalogue.tools import documents_for
from connector.cli.manifests import PACKAGES
from connector.flows import redirects
from connector.platforms.builders import BUILDERS
from connector.platforms.guide import EXAMPLE, Guide, Here, registering

ROOT = Path(__file__).parents[2]
HERE = Here("https://unitwire.harbour.test", "app_0123456789abcdef", ("public.contact:read",))
PACKAGE = {each.slug: each for each in PACKAGES} | {
    "custom": next(each for each in PACKAGES if each.slug == "openapi")
}
DESCRIBED = {"openapi", "asyncapi"}  # what "your own code" reads
OF_APPS = ("vscode", "cursor")  # assistants that open by a scheme of their own

every_builder = pytest.mark.parametrize("slug", BUILDERS)


def texts(guide: Guide) -> list[str]:
    """Return all that a person reads."""
    return [
        *(each.text for each in guide.values),
        *guide.once,
        *guide.steps,
        *(step for recipe in guide.recipes for step in recipe.steps),
        guide.redirect_shown,
        guide.importing,
    ]


def test_every_package_is_somebodys_to_choose() -> None:
    """A new platform cannot be forgotten: it has a guide, or is what own code reads."""
    assert {each.slug for each in PACKAGES} - DESCRIBED == set(BUILDERS) - {"custom"}


@every_builder
def test_a_builder_is_called_as_its_package_is(slug: str) -> None:
    """One name, wherever it is told."""
    name = BUILDERS[slug](HERE).name
    assert slug in ("custom", "mcp") or name == PACKAGE[slug].name
    paper = "openapi" if slug == "custom" else slug
    assert (ROOT / "docs" / "platforms" / f"{paper}.md").exists()


@every_builder
def test_what_is_copied_is_this_installations(slug: str) -> None:
    """No value is left for the person to fill in, none names the example or another builder."""
    guide = BUILDERS[slug](HERE)
    assert guide.values
    assert guide.steps
    for value in guide.values:
        assert value.label
        assert value.text
        assert EXAMPLE not in value.text
        assert not re.search(r"[{}…]", value.text) or value.text.startswith('{"')
    assert any(HERE.host in value.text for value in guide.values)
    assert len({value.label for value in guide.values}) == len(guide.values)


@every_builder
def test_the_client_id_is_there_once_there_is_one(slug: str) -> None:
    """Until the builder is registered nothing stands in its place."""
    with_client, without = BUILDERS[slug](HERE), BUILDERS[slug](Here(HERE.origin))
    assert any(value.text == HERE.client for value in with_client.values)
    assert len(without.values) < len(with_client.values)


@every_builder
def test_the_command_registers_what_unitwire_takes(slug: str) -> None:
    """The redirect URI is one that may be registered, or the guide tells where it is shown."""
    guide = BUILDERS[slug](HERE)
    assert bool(guide.redirect_uri) != bool(guide.redirect_shown)
    if guide.redirect_uri:
        assert redirects.fault_of(guide.redirect_uri, public=False) is None
    command = shlex.split(registering(slug, guide))
    assert command[:5] == ["unitwire", "clients", "add", "--platform", slug]
    assert ("--no-pkce" in command) == (not guide.pkce)


@every_builder
def test_links_lead_to_the_builder(slug: str) -> None:
    """By https, or on this machine, or into an app; a builder's own address is kept to."""
    at = "https://builder.harbour.test"
    guide = BUILDERS[slug](Here(HERE.origin, at=at))
    for link in (guide.opens, *guide.more):
        assert link.label
        scheme = urlsplit(link.url).scheme
        assert scheme in ("https", *OF_APPS) or link.url.startswith("/")
        if guide.example:
            assert link.url.startswith(f"{at}/")
    if guide.example:
        assert guide.at == at
        assert guide.redirect_uri.startswith(f"{at}/")


@every_builder
def test_there_are_three_recipes_in_the_builders_words(slug: str) -> None:
    """Each with steps; no key or place of ours is left in them."""
    guide = BUILDERS[slug](HERE)
    assert guide.workflow
    assert len({recipe.title for recipe in guide.recipes}) == 3
    for recipe in guide.recipes:
        assert recipe.help
        assert recipe.steps
        assert bool(recipe.file) == bool(guide.importing)
        for step in recipe.steps:
            assert not re.search(r"[{}]|\[0\]|\bflat\b|trigger\.", step)


@every_builder
def test_what_can_be_downloaded_is_in_the_package(slug: str) -> None:
    """Every file, and the name under which a registry has it."""
    guide, package = BUILDERS[slug](HERE), PACKAGE[slug].render()
    files = (*guide.files, *(recipe.file for recipe in guide.recipes if recipe.file))
    assert set(files) <= set(package)
    if guide.package:
        assert json.loads(package["package.json"])["name"] == guide.package


@every_builder
def test_a_known_redirect_uri_is_in_the_packages_papers(slug: str) -> None:
    """What the README says about it ends in the same path."""
    guide = BUILDERS[slug](Here(at=BUILDERS[slug](Here()).example))
    if guide.redirect_uri and slug != "node-red":  # Node-RED shows its own, from its address bar
        path = urlsplit(guide.redirect_uri).path
        paper = (ROOT / "docs" / "platforms" / f"{slug}.md").read_text()
        assert path in paper + PACKAGE[slug].render()["README.md"].decode()


@every_builder
def test_marks_are_closed(slug: str) -> None:
    """Asterisks and backticks come in pairs, so that no text is shown half in italics."""
    for text in texts(BUILDERS[slug](HERE)):
        plain = re.sub(r"`[^`]*`", "", text)
        assert "`" not in plain, text
        assert plain.count("*") % 2 == 0, text


def test_the_tools_that_an_assistant_is_said_to_use_exist() -> None:
    """In the recipes for assistants, whatever is typed is a tool's name."""
    tools = {tool["name"] for tool in documents_for(SCOPES)}
    steps = [step for recipe in BUILDERS["mcp"](HERE).recipes for step in recipe.steps]
    named = {name for step in steps for name in re.findall(r"`([^`]+)`", step)}
    assert named
    assert named <= tools
