"""The piece, bundled to one file as Activepieces wants it, run as the framework runs pieces."""

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
from connector.catalogue.samples import sample
from connector.platforms import render_all
from connector.platforms.activepieces import ACTIVEPIECES, FRAMEWORK
from connector.platforms.triggers import NAMED, trigger_sample

HERE = Path(__file__).parent
BUNDLE_S = 60
PATH = "/activepieces"


class Problem(Exception):
    """What the piece threw."""


class Piece:
    """The bundled piece in a Node process, alone in its folder."""

    def __init__(self, node: str, bundle: Path, account: Account) -> None:
        self.auth = {"access_token": account.token, "props": {"address": account.url}}
        driver = bundle.with_name("driver.js")
        driver.write_bytes((HERE / "driver.js").read_bytes())
        self._process = subprocess.Popen(
            [node, str(driver), str(bundle)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, command: str, **given: Any) -> Any:
        """Return what a command gives; raises Problem with the message that a person would see."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"command": command, "given": given}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "problem" in answer:
            raise Problem(answer["problem"])
        return answer["done"]

    def trigger(self, name: str, hook: str, **given: Any) -> Any:
        """Call one of a trigger's hooks."""
        return self.do("trigger", name=name, hook=hook, auth=self.auth, **given)

    def act(self, name: str, **values: Any) -> Any:
        """Carry out an action."""
        return self.do("action", name=name, auth=self.auth, propsValue=values)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        with self._process:  # waits, and closes the pipes
            pass


@pytest.fixture(scope="module")
def piece(
    request: pytest.FixtureRequest, node: str, account: Account, tmp_path_factory: Any
) -> Iterator[Piece]:
    """The piece; what is committed is what is generated. What it has proven is written down."""
    fresh = render_all([ACTIVEPIECES])
    assert all((MANIFESTS / path).read_bytes() == content for path, content in fresh.items())
    folder = installed("activepieces", HERE)
    for path, content in ACTIVEPIECES.render().items():
        file = folder / "piece" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    bundle = Path(tmp_path_factory.mktemp("piece")) / "piece.js"
    esbuild = folder / "node_modules" / ".bin" / "esbuild"
    how = ["--bundle", "--platform=node", "--target=node20", "--log-level=error"]
    subprocess.run(
        [esbuild, "piece/src/index.js", *how, f"--outfile={bundle}"],
        cwd=folder,
        check=True,
        timeout=BUNDLE_S,
    )
    running = Piece(node, bundle, account)
    yield running
    running.close()
    whole = not request.config.option.keyword and not any("::" in a for a in request.config.args)
    if whole and not request.session.testsfailed:
        write_down()


def write_down() -> None:
    """Write down what was proven."""
    kinds = [action.kind for action in ACTIONS]
    record(
        "activepieces",
        auth="OAuth 2 with PKCE, described; the connection tested",
        trigger=f"{len(NAMED) + 1}, one of them on any event; signature verified",
        actions=str(kinds.count("action")),
        searches=f"{kinds.count('search')}, with PDF files",
        dropdowns="with search, units by site",
        engine=f"pieces-framework {FRAMEWORK}, from one bundled file",
    )


def test_the_framework_lists_everything(piece: Piece) -> None:
    """All actions, searches and triggers are in the piece, and every test of it has its sample."""
    listed = piece.do("metadata")
    assert set(listed["actions"]) == {action.key for action in ACTIONS}
    assert len(listed["triggers"]) == len(NAMED) + 1
    assert listed["auth"]["pkce"] is True
    assert listed["auth"]["authUrl"] == "{address}/oauth2/authorize"


def test_a_connection_is_tested(piece: Piece) -> None:
    """A good connection is valid; a wrong token is told in words."""
    assert piece.do("validate", auth=piece.auth) == {"valid": True}
    wrong = piece.do("validate", auth={**piece.auth, "access_token": "nobody"})
    assert wrong["valid"] is False
    assert "Connect Unitwire again." in wrong["error"]


def test_a_flow_listens_as_long_as_it_is_on(piece: Piece, account: Account) -> None:
    """Switched on, events arrive and are verified; switched off, the endpoint is gone."""
    flow = {"flow": "paid", "webhookUrl": account.receiver_url + PATH}
    piece.trigger("invoice_paid", "onEnable", **flow)
    (endpoint,) = (
        each
        for each in account.unitwire("GET", "/webhook_endpoints?limit=100")["endpoints"]
        if each["metadata"]["external_id"] == "paid"
    )
    event_id = account.happens("invoice.paid")
    got = account.received(event_id, PATH)
    body = got["body"]
    payload = {"body": json.loads(body), "rawBody": body, "headers": got["headers"]}
    (item,) = piece.trigger("invoice_paid", "run", **flow, payload=payload)
    assert item["id"] == event_id
    assert item.keys() == trigger_sample(EVENT["invoice.paid"]).keys()
    forged = payload | {"rawBody": body.replace(event_id, "evt_forged")}
    with pytest.raises(Problem, match="signature is wrong"):
        piece.trigger("invoice_paid", "run", **flow, payload=forged)
    piece.trigger("invoice_paid", "onEnable", **flow)  # on again: a new secret, no second endpoint
    assert len(account.upstream(endpoint["id"])) == 1
    piece.trigger("invoice_paid", "onDisable", **flow)
    piece.trigger("invoice_paid", "onDisable", **flow)
    account.unitwire("GET", f"/webhook_endpoints/{endpoint['id']}", status=404)
    account.until(lambda: not account.upstream(endpoint["id"]))


@pytest.mark.parametrize("event", NAMED, ids=lambda event: event.type)
def test_every_trigger_can_be_tested(piece: Piece, event: Any) -> None:
    """A test gives events, or a sample, with the keys of the sample in the piece."""
    found = piece.trigger(event.type.replace(".", "_"), "test")
    assert found
    assert {tuple(each) for each in found} == {tuple(trigger_sample(event))}


def test_any_event_takes_several(piece: Piece) -> None:
    """The trigger on any event gives samples of all that were chosen."""
    chosen = {"event_types": ["unit.updated", "deal.lost"]}
    found = piece.trigger("event", "test", propsValue=chosen)
    assert {each["type"] for each in found} == set(chosen["event_types"])
    assert sample("unit.updated")["event"]["data"].keys() == {"unit"}


def test_actions_and_searches(piece: Piece, account: Account) -> None:
    """What a flow does is done in Stora; files are kept; nothing found is an empty list."""
    made = piece.act("create_contact", email="ap@example.com", full_name="Ada Piece", type="")
    assert made["flat"]["contact_id"] == made["contact"]["id"]
    assert account.stora("GET", f"/contacts/{made['contact']['id']}")["contact"]["full_name"]
    assert piece.act("find_contact", email="ap@example.com")["contacts"]
    assert piece.act("find_contact", email="nobody@example.com")["contacts"] == []
    invoice = next(account.all("/invoices", "invoices"))
    (file,) = piece.act("get_invoice_pdf", invoice_id=invoice["id"])["files"]
    assert ".pdf of " in file


def test_a_refusal_names_the_field_by_its_label(piece: Piece) -> None:
    """What Unitwire refuses is told in its words."""
    with pytest.raises(Problem, match="E-Mail: Must be an e-mail address"):
        piece.act("create_contact", email="nobody", full_name="Jane Doe")


def test_choices_are_live(piece: Piece) -> None:
    """Sites are listed, found by a search, and narrow the units."""

    def options(prop: str, search: str = "", **form: str) -> list[dict[str, str]]:
        given = {"auth": piece.auth, **form}
        name = "get_unit"
        found = piece.do("options", name=name, prop=prop, form=given, searchValue=search)
        return list(found["options"])

    sites = options("choose_site_id")
    assert len(sites) > 1
    assert options("choose_site_id", sites[0]["label"]) == [sites[0]]
    units = options("unit_id")
    assert 0 < len(options("unit_id", choose_site_id=sites[0]["value"])) < len(units)
    without = piece.do("options", name="get_unit", prop="unit_id", form={})
    assert without["disabled"] is True
