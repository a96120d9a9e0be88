"""The packages of the contract itself, OpenAPI and AsyncAPI: what they are held to."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from platforms.broken import Break, found_in

from connector.catalogue.asyncapi import asyncapi
from connector.platforms.asyncapi import ASYNCAPI
from connector.platforms.openapi import openapi
from connector.platforms.platform import Platform
from connector.platforms.rules import faults
from connector.stora.signature import standard_webhooks
from connector.web.contract import contract

OPENAPI = openapi(contract)
PACKAGES = {platform.slug: platform.render() for platform in (OPENAPI, ASYNCAPI)}


@pytest.mark.parametrize("platform", [OPENAPI, ASYNCAPI], ids=lambda each: each.slug)
def test_the_package_breaks_no_rule(platform: Platform) -> None:
    """All rules hold, and rendering again gives the same bytes."""
    assert list(faults(platform.rules, PACKAGES[platform.slug])) == []
    assert platform.render() == PACKAGES[platform.slug]


def test_the_documents_are_those_that_are_served() -> None:
    """The files hold what an installation serves, without its address."""
    assert json.loads(PACKAGES["openapi"]["openapi.json"]) == contract()
    served = asyncapi("https://unitwire.example.com", "1.2.3")
    packed = json.loads(PACKAGES["asyncapi"]["asyncapi.json"])
    assert packed["components"] == served["components"]
    assert served.keys() - packed.keys() == {"servers"}


def _an_address(document: dict[str, Any]) -> None:
    document["servers"] = [{"url": "https://unitwire.example.com"}]


def _one_id_twice(document: dict[str, Any]) -> None:
    document["webhooks"]["deal.won"]["post"]["operationId"] = "on_deal_lost"


def _no_summary(document: dict[str, Any]) -> None:
    del document["paths"]["/2025-09/webhook_endpoints"]["post"]["summary"]


def _no_action(document: dict[str, Any]) -> None:
    del document["paths"]["/2025-09/actions/create_deal"]


def _no_event(document: dict[str, Any]) -> None:
    del document["webhooks"]["deal.won"]


def _loose_end(document: dict[str, Any]) -> None:
    del document["components"]["schemas"]["invoice"]


def _no_message(document: dict[str, Any]) -> None:
    del document["components"]["messages"]["deal.won"]


@pytest.mark.parametrize(
    ("platform", "breaks", "rules"),
    [
        (OPENAPI, _an_address, {"O001"}),
        (OPENAPI, _one_id_twice, {"O002"}),
        (OPENAPI, _no_summary, {"O003"}),
        (OPENAPI, _no_action, {"O004"}),
        (OPENAPI, _no_event, {"O004"}),
        (OPENAPI, _loose_end, {"O005"}),
        (ASYNCAPI, _an_address, {"A001"}),
        (ASYNCAPI, _no_message, {"A002", "A003"}),
        (ASYNCAPI, _loose_end, {"A003"}),
    ],
)
def test_each_rule_finds_what_breaks_it(platform: Platform, breaks: Break, rules: set[str]) -> None:
    """The rule's id is told, and no other."""
    assert found_in(platform, PACKAGES[platform.slug], f"{platform.slug}.json", breaks) == rules


@pytest.fixture(scope="module")
def verify(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The package's verify.py, imported."""
    file: Path = tmp_path_factory.mktemp("package") / "verify.py"
    file.write_bytes(PACKAGES["openapi"]["verify.py"])
    spec = importlib.util.spec_from_file_location("verify", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SECRETS = ("5a" * 32, "b7" * 32)
BODY = '{"event": {"id": "evt_1", "data": {"note": {"content": "Zoë"}}}}'.encode()
NOW = 1_736_937_000
TOLERANCE_S = 300


def test_verify_takes_what_unitwire_signs(verify: ModuleType) -> None:
    """Also while a secret is being changed, with either secret, until five minutes are over."""
    headers = standard_webhooks(SECRETS, "evt_1", NOW, BODY)
    for secret in SECRETS:
        for now in (NOW - TOLERANCE_S, NOW, NOW + TOLERANCE_S):
            assert verify.is_genuine(secret, headers, BODY, now)
        for now in (NOW - TOLERANCE_S - 1, NOW + TOLERANCE_S + 1):
            assert not verify.is_genuine(secret, headers, BODY, now)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "evt_2"},
        {"webhook-timestamp": str(NOW + 1)},
        {"webhook-timestamp": "١٧٣٦٩٣٧٠٠٠"},
        {"webhook-timestamp": "9" * 11},
        {"webhook-timestamp": ""},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1"},
        {"webhook-signature": "é,é"},
        {"webhook-signature": "v2,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="},
    ],
    ids=str,
)
def test_verify_refuses_what_was_changed(verify: ModuleType, changed: dict[str, str]) -> None:
    """Another id, another moment, odd signatures: refused, without an exception."""
    headers = standard_webhooks(SECRETS[0], "evt_1", NOW, BODY)
    assert verify.is_genuine(SECRETS[0], headers, BODY, NOW)
    assert not verify.is_genuine(SECRETS[0], headers | changed, BODY, NOW)
    assert not verify.is_genuine(SECRETS[0], headers, BODY + b" ", NOW)
    assert not verify.is_genuine(SECRETS[1], headers, BODY, NOW)
    assert not verify.is_genuine(SECRETS[0], {}, BODY, NOW)
