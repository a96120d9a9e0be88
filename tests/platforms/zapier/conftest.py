"""Zapier's engine with the integration in it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from platforms.account import Account
from platforms.npm import MANIFESTS, installed
from platforms.proofs import record
from platforms.zapier.engine import Zapier

from connector.platforms import render_all
from connector.platforms.zapier import CORE, ZAPIER


@pytest.fixture(scope="session")
def package() -> Path:
    """The integration with its dependencies; what is committed is what is generated."""
    fresh = render_all([ZAPIER])
    assert all((MANIFESTS / path).read_bytes() == content for path, content in fresh.items())
    return installed("zapier", MANIFESTS / "zapier")


@pytest.fixture(scope="session")
def zapier(
    request: pytest.FixtureRequest, node: str, package: Path, account: Account
) -> Iterator[Zapier]:
    """The engine; when everything has been proven, that is written down."""
    engine = Zapier(node, package, account)
    yield engine
    engine.close()
    whole = not request.config.option.keyword and not any("::" in a for a in request.config.args)
    if whole and not request.session.testsfailed:
        write_down(engine.definition)


def write_down(definition: dict[str, Any]) -> None:
    """Write down what was proven."""
    dropdowns = json.dumps(definition).count('"choices": {"perform"')
    record(
        "zapier",
        auth="OAuth 2 with PKCE and refresh; the server's address typed and checked",
        trigger=f"{len(definition['triggers'])}, one of them on any event; signature verified",
        actions=f"{len(definition['creates'])}",
        searches=f"{len(definition['searches'])}, and {len(definition['searchOrCreates'])} that "
        "find or create",
        dropdowns=f"{dropdowns}, in pages, units by site",
        engine=f"app tester and schema of zapier-platform-core {CORE}; Zapier's command line "
        "19.1.0: validate, build, invoke",
    )
