"""No target leads inside: at create, at change, when it is sent to and when it is sent to again.

Names are resolved by the system's resolver, from a name server that lies (rebinding.py); what a URL
itself tells is refused before, by the API.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from broker import BODY, Broker
from flask.testing import FlaskClient
from security.rebinding import NAMES, PUBLIC, PUBLIC6

from connector.factory import app_of
from connector.settings import Settings

TESTS = Path(__file__).parent.parent
REFUSED = "The address that the host name leads to is not allowed."
GOOD = {"good.test", "good6.test"}
REBOUND = {"rebind.test", "rebind-metadata.test", "flip.test"}

INSIDE = (
    "127.0.0.1", "127.1", "0177.0.0.1", "0x7f.1", "0x7f000001", "2130706433", "0", "①②⑦.0.0.1",
    "127。0。0。1", "localhost", "a.localhost", "LOCALHOST.", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::]",
    "[2001:0:7f00:1::]", "[fe80::1]", "[fec0::1]", "[fd00::1]", "[ff02::1]", "[2001:db8::1]",
    "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "[fd00:ec2::254]", "100.64.0.1",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255",
    "example.com\\@127.0.0.1", "user@127.0.0.1", "127.0.0.1#@example.com", "%31%32%37.0.0.1",
)  # fmt: skip


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a dispatcher did in a small Internet of its own."""
    folder = tmp_path_factory.mktemp("internet")
    apart = ["unshare", "--mount", "--net"]
    if subprocess.run([*apart, "ip", "link"], capture_output=True, check=False).returncode:
        assert "CI" not in os.environ, "CI needs to be allowed to make namespaces"
        pytest.skip("needs to be allowed to make namespaces")
    env = {name: text for name, text in os.environ.items() if not name.startswith("UNITWIRE_")}
    subprocess.run(
        [*apart, sys.executable, TESTS / "security" / "rebinding.py", folder],
        env=env | {"PYTHONPATH": str(TESTS)},
        stdout=subprocess.DEVNULL,
        timeout=120,
        check=True,
    )
    return dict(json.loads((folder / "told.json").read_text()))


def test_good_names_are_delivered_to(told: dict[str, Any]) -> None:
    """What leads outside only is taken, over IPv4 and IPv6, and again when sent again."""
    for name in GOOD:
        assert told["outcomes"][name] == ["delivered", "delivered"]


def test_no_canary_hears_of_anything(told: dict[str, Any]) -> None:
    """Only the public addresses were ever connected to, as often as something was delivered."""
    delivered = sum(each.count("delivered") for each in told["outcomes"].values())
    assert told["connections"].keys() == {PUBLIC, PUBLIC6}
    assert sum(told["connections"].values()) == delivered == 2 * len(GOOD) + len(REBOUND)


def test_a_name_that_changes_its_mind_is_refused_the_second_time(told: dict[str, Any]) -> None:
    """Rebinding: public when it was first sent to, inside when it is sent to again."""
    for name in REBOUND:
        assert told["outcomes"][name] == ["delivered", REFUSED]


@pytest.mark.parametrize("name", sorted(NAMES.keys() - GOOD - REBOUND))
def test_a_name_that_leads_inside_is_refused(told: dict[str, Any], name: str) -> None:
    """Alone, beside a public address, in either family, by an alias, or behind another notation."""
    assert told["outcomes"][name] == [REFUSED, REFUSED]


def test_a_name_is_asked_for_once_for_each_delivery(told: dict[str, Any]) -> None:
    """What was judged is what is dialled: nothing looks the name up again in between."""
    assert told["asked"] == dict.fromkeys(NAMES, 2)


class TestAtTheApi:
    """What the URL itself tells."""

    @pytest.fixture
    def make_settings(self, make_settings: Callable[..., Settings]) -> Callable[..., Settings]:
        """An installation that allows nothing besides the public Internet."""
        return lambda **changes: make_settings(**{"allow_targets": (), **changes})

    @pytest.fixture
    def ask(self, broker: Broker) -> Callable[..., Any]:
        """Return a function that asks as a builder."""
        client: FlaskClient = app_of(broker.parts).test_client()
        headers = {"Authorization": f"Bearer {broker.app_token()}"}

        def send(method: str, path: str = "", **body: Any) -> Any:
            address = f"/2025-09/webhook_endpoints{path}"
            return client.open(address, method=method, json=body, headers=headers)

        return send

    def test_inside_is_refused_at_create_and_change(
        self, broker: Broker, ask: Callable[..., Any]
    ) -> None:
        """Each spelling is 422 at the field, and nothing was made or changed, here or at Stora."""
        endpoint = ask("POST", **BODY).json["endpoint"]
        for scheme in ("https", "http"):
            for host in INSIDE:
                url = f"{scheme}://{host}/hook"
                other = BODY | {"metadata": {"external_id": "other"}, "url": url}
                for refused in (ask("POST", **other), ask("PATCH", f"/{endpoint['id']}", url=url)):
                    assert refused.status_code == 422, url
                    details = refused.json["error"]["details"]
                    assert [each["pointer"] for each in details] == ["/url"], url
        assert [each["url"] for each in ask("GET").json["endpoints"]] == [BODY["url"]]
        assert len(broker.stora.endpoints()) == 1
