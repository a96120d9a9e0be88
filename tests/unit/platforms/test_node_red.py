"""What Node-RED's library looks at: our package has it, and each rule finds what breaks it."""

import json
import re
from collections.abc import Callable

import pytest
from platforms.broken import Files, dropped, replaced

from connector.platforms.node_red import NODE_RED
from connector.platforms.rules import faults

PACKAGE = NODE_RED.render()


def test_the_package_breaks_no_rule() -> None:
    """All rules hold, and rendering again gives the same bytes."""
    assert list(faults(NODE_RED.rules, PACKAGE)) == []
    assert NODE_RED.render() == PACKAGE


def test_there_is_an_example_for_each_recipe_with_its_first_steps() -> None:
    """Each begins with one node that nothing leads to, and every other node is reached."""
    paths = [path for path in PACKAGE if path.startswith("examples/")]
    assert len(paths) == 10
    for path in paths:
        nodes = {node["id"]: node for node in json.loads(PACKAGE[path]) if node.get("x")}
        led_to = {id for node in nodes.values() for port in node["wires"] for id in port}
        first = [node["type"] for id, node in nodes.items() if id not in led_to]
        assert sorted(first)[0] == "comment"
        assert len(first) == 2, path


def test_words_in_the_code_are_in_the_locale() -> None:
    """Every text that a running node shows is in the locale of its node."""
    code = {name: PACKAGE[f"nodes/{name}.js"].decode() for name in ("account", "trigger")}
    run = PACKAGE["lib/run.js"].decode()
    for name, text in (*code.items(), ("action", run), ("search", run)):
        words = json.loads(PACKAGE[f"nodes/locales/en-US/{name}.json"])[name]
        wanted = re.findall(r"RED\._\([`'](?:[a-z]+|\$\{kind\})\.([a-zA-Z]+)[`']", text)
        wanted += re.findall(r"show\('[a-z]+', '([a-zA-Z]+)'", text)
        assert wanted
        assert set(wanted) <= set(words), name


@pytest.mark.parametrize(
    ("breaks", "rule"),
    [
        (replaced("package.json", '"license": "MIT"', '"license": ""'), "R001"),
        (dropped("README.md"), "R001"),
        (replaced("package.json", "@unitwire/node-red", "node-red-unitwire"), "R002"),
        (replaced("package.json", '"node-red",', '"nodes",'), "R002"),
        (
            replaced("package.json", '"files":', '"dependencies": {"axios": "1.0.0"}, "files":'),
            "R003",
        ),
        (dropped("nodes/search.js"), "R004"),
        (replaced("nodes/search.html", 'data-help-name="unitwire-search"', ""), "R004"),
        (replaced("nodes/locales/en-US/trigger.json", '"find"', '"found"'), "R005"),
        (replaced("examples/arrears.json", '"unitwire-trigger"', '"unitwire-listener"'), "R006"),
        (replaced("examples/arrears.json", '"auth"', '"credentials"'), "R006"),
        (replaced("resources/catalogue.json", '"deal.won"', '"deal.gone"'), "R007"),
        (replaced("resources/catalogue.json", '"win_deal"', '"lose_deal"'), "R007"),
    ],
)
def test_each_rule_finds_what_breaks_it(breaks: Callable[[Files], None], rule: str) -> None:
    """The rule's id is told, and no other."""
    package = dict(PACKAGE)
    breaks(package)
    assert {fault.rule.id for fault in faults(NODE_RED.rules, package)} == {rule}
