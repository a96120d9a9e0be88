"""What Pipedream demands of components: ours have it, and each rule finds what breaks it."""

from collections.abc import Callable

import pytest
from platforms.broken import Files, dropped, replaced

from connector.catalogue.actions import ACTIONS
from connector.platforms.pipedream import PIPEDREAM, props
from connector.platforms.rules import faults
from connector.platforms.triggers import NAMED
from connector.platforms.wording import kebab_case

PACKAGE = PIPEDREAM.render()
WIN = "actions/win-deal/win-deal.mjs"
PAID = "sources/invoice-paid-instant/invoice-paid-instant.mjs"


def test_the_package_breaks_no_rule() -> None:
    """All rules hold, and rendering again gives the same bytes."""
    assert list(faults(PIPEDREAM.rules, PACKAGE)) == []
    assert PIPEDREAM.render() == PACKAGE


def test_nothing_of_the_catalogue_is_missing() -> None:
    """Each action and search is an action; the named events and any event are sources."""
    for action in ACTIONS:
        name = kebab_case(action.key)
        assert f"actions/{name}/{name}.mjs" in PACKAGE
    sources = [path for path in PACKAGE if path.endswith("-instant.mjs")]
    assert len(sources) == len(NAMED) + 1


def test_each_definition_that_a_component_names_is_in_the_app() -> None:
    """Choices of every id come from a definition that exists."""
    known = {*props.choices(), "eventTypes"}
    named = set()
    for path, content in PACKAGE.items():
        if path.startswith(("actions/", "sources/")):
            parts = content.decode().split('propDefinition: [unitwire, "')[1:]
            named |= {part.partition('"')[0] for part in parts}
    assert "unit" in named
    assert named <= known


@pytest.mark.parametrize(
    ("breaks", "rule"),
    [
        (replaced(WIN, '"unitwire-win-deal"', '"unitwire-winDeal"'), "P001"),
        (replaced(WIN, '"unitwire-win-deal"', '"unitwire-lose-deal"'), "P001"),
        (replaced(WIN, '"Win Deal"', '"Win Deal in Unitwire"'), "P002"),
        (replaced(PAID, "(Instant)", ""), "P002"),
        (dropped("sources/invoice-paid-instant/test-event.mjs"), "P003"),
    ],
)
def test_each_rule_finds_what_breaks_it(breaks: Callable[[Files], None], rule: str) -> None:
    """The rule's id is told, and no other."""
    package = dict(PACKAGE)
    breaks(package)
    assert {fault.rule.id for fault in faults(PIPEDREAM.rules, package)} == {rule}
