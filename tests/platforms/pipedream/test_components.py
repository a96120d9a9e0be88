"""Pipedream's components, run with its platform package and held to its linter.

Its engine runs nowhere but at Pipedream: the store, the address and what a source emits are
stand-ins. Unitwire and the sandbox are real.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from platforms.account import Account
from platforms.npm import MANIFESTS, installed
from platforms.proofs import record

from connector.catalogue.actions import ACTIONS
from connector.catalogue.events import EVENT
from connector.platforms import render_all
from connector.platforms.pipedream import PIPEDREAM, PLATFORM
from connector.platforms.triggers import NAMED, trigger_sample

HERE = Path(__file__).parent
LINT = ("--ext=.mjs", "--max-warnings=0", "--ignore-pattern=test-event.mjs")
LINT_S = 120
PATH = "/pipedream"
SOURCE = "invoice-paid-instant"


class Problem(Exception):
    """What a component threw."""


class Components:
    """The components in a Node process."""

    def __init__(self, node: str, folder: Path, account: Account) -> None:
        auth = {"address": account.url, "oauth_access_token": account.token}
        self._process = subprocess.Popen(
            [node, str(folder / "driver.mjs"), str(folder / "package"), json.dumps(auth)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, command: str, **given: Any) -> Any:
        """Return what a command gives; raises Problem with what a person would see."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"command": command, "given": given}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "problem" in answer:
            raise Problem(answer["problem"])
        return answer["done"]

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        with self._process:  # waits, and closes the pipes
            pass


@pytest.fixture(scope="module")
def package() -> Path:
    """The folder with the platform package, and the components in `package`.

    What is committed is what is generated.
    """
    fresh = render_all([PIPEDREAM])
    assert all((MANIFESTS / path).read_bytes() == content for path, content in fresh.items())
    folder = installed("pipedream", HERE)
    for path, content in PIPEDREAM.render().items():
        file = folder / "package" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def components(
    request: pytest.FixtureRequest, node: str, package: Path, account: Account
) -> Iterator[Components]:
    """The components; what they have proven is written down."""
    running = Components(node, package, account)
    yield running
    running.close()
    whole = not request.config.option.keyword and not any("::" in a for a in request.config.args)
    if whole and not request.session.testsfailed:
        write_down()


def write_down() -> None:
    """Write down what was proven."""
    kinds = [action.kind for action in ACTIONS]
    record(
        "pipedream",
        auth="OAuth 2, registered by Pipedream",
        trigger=f"{len(NAMED) + 1}, one of them on any event; signature verified",
        actions=str(kinds.count("action")),
        searches=str(kinds.count("search")),
        dropdowns="with search, in pages, units by site",
        engine=f"@pipedream/platform {PLATFORM} with stand-ins; its linter",
    )


def lint(node: str, package: Path, *what: str) -> subprocess.CompletedProcess[str]:
    """Return what Pipedream's linter says."""
    return subprocess.run(
        [node, "node_modules/eslint/bin/eslint.js", *LINT, *what],
        cwd=package,
        capture_output=True,
        text=True,
        timeout=LINT_S,
    )


def test_the_linter_finds_no_fault(node: str, package: Path) -> None:
    """Pipedream's linter has nothing to say to any source or action; to a faulty one it has."""
    said = lint(node, package, "package/sources", "package/actions")
    assert said.returncode == 0, said.stdout + said.stderr
    source = package / "package" / "sources" / SOURCE / f"{SOURCE}.mjs"
    broken = source.with_name("broken.mjs")
    broken.write_text(source.read_text().replace('"New ', '"Some ').replace("  version:", "  v:"))
    said = lint(node, package, str(broken))
    broken.unlink()
    assert said.returncode == 1
    assert "source-name" in said.stdout
    assert "required-properties-version" in said.stdout


def test_nothing_of_the_catalogue_is_missing(components: Components) -> None:
    """Each action and search is an action; the named events and any event are sources."""
    found = components.do("components")
    actions = {each["key"] for each in found if each["type"] == "action"}
    assert actions == {f"unitwire-{action.key.replace('_', '-')}" for action in ACTIONS}
    assert len(found) - len(actions) == len(NAMED) + 1


def test_a_source_listens_as_long_as_it_is_on(components: Components, account: Account) -> None:
    """Activated, events are verified and emitted once; deactivated, the endpoint is gone."""
    where = {"source": SOURCE, "endpoint": account.receiver_url + PATH}
    components.do("hook", hook="activate", **where)
    (endpoint,) = (
        each
        for each in account.unitwire("GET", "/webhook_endpoints?limit=100")["endpoints"]
        if each["metadata"]["external_id"] == where["endpoint"]
    )
    event_id = account.happens("invoice.paid")
    got = account.received(event_id, PATH)
    headers = {name.lower(): value for name, value in got["headers"].items()}
    event = {"headers": headers, "body": json.loads(got["body"]), "bodyRaw": got["body"]}
    done = components.do("event", event=event, **where)
    assert done["answers"] == [200]
    (emitted,) = done["emitted"]
    assert emitted["about"]["id"] == emitted["event"]["id"] == event_id
    assert emitted["event"].keys() == trigger_sample(EVENT["invoice.paid"]).keys()
    assert emitted["event"].keys() == done["sample"].keys()
    forged = event | {"bodyRaw": got["body"].replace(event_id, "evt_forged")}
    refused = components.do("event", event=forged, **where)
    assert (refused["answers"], refused["emitted"]) == ([401], [])
    components.do("hook", hook="deactivate", **where)
    components.do("hook", hook="deactivate", **where)
    account.unitwire("GET", f"/webhook_endpoints/{endpoint['id']}", status=404)
    account.until(lambda: not account.upstream(endpoint["id"]))


def test_actions_and_searches(components: Components, account: Account) -> None:
    """What an action does is done in Stora, and it says so; nothing found is an empty list."""
    values = {"email": "pd@example.com", "full_name": "Ada Pipe"}
    made = components.do("action", action="create-contact", values=values)
    contact = made["done"]["contact"]
    assert made["exported"] == {"$summary": "Successfully did: create contact"}
    assert account.stora("GET", f"/contacts/{contact['id']}")["contact"]["full_name"] == "Ada Pipe"
    nobody = {"email": "nobody@example.com"}
    assert components.do("action", action="find-contact", values=nobody)["done"]["contacts"] == []


def test_a_refusal_is_told_in_words(components: Components) -> None:
    """What a person can put right is Pipedream's ConfigurationError, in Unitwire's words."""
    values = {"email": "nobody", "full_name": "Jane Doe"}
    with pytest.raises(Problem, match=r"ConfigurationError: [\s\S]*/email: Must be an e-mail"):
        components.do("action", action="create-contact", values=values)


def test_choices_are_live(components: Components) -> None:
    """Sites are listed, found by a search, and narrow the units; pages end."""

    def options(prop: str, **given: Any) -> list[dict[str, str]]:
        return list(components.do("options", action="get-unit", prop=prop, **given))

    sites = options("choose_site_id")
    assert len(sites) > 1
    assert options("choose_site_id", query=sites[0]["label"]) == [sites[0]]
    there = {"choose_site_id": sites[0]["value"]}
    assert 0 < len(options("unit_id", form=there)) < len(options("unit_id"))
    assert options("unit_id", page=1) == []
