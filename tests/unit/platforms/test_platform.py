"""What a package is, what it is held to, and where the choices of its fields come from."""

from collections.abc import Iterator, Mapping

import pytest

from connector.catalogue.actions import ACTION, ACTIONS
from connector.catalogue.actions.row import Action
from connector.catalogue.describe import describe
from connector.catalogue.picklists import PICKLIST
from connector.platforms.choosing import SITE, site_beside, sources
from connector.platforms.platform import json_file, shared, static
from connector.platforms.rules import Rule, faults


def test_a_fault_is_told_with_its_rule() -> None:
    """The rule's id, what is wrong and where, and what the rule demands; in the rules' order."""

    def unfinished(package: Mapping[str, bytes]) -> Iterator[str]:
        yield from (path for path, content in package.items() if not content)

    rules = (Rule("A1", "no file is empty", unfinished), Rule("A2", "holds", lambda package: ()))
    assert [str(each) for each in faults(rules, {"a": b"", "b": b"x"})] == [
        "A1 a (no file is empty)"
    ]


def test_json_is_written_for_people() -> None:
    """Keys in their order, characters as they are, a line's end at the end."""
    assert json_file({"b": "£", "a": [1]}).decode() == '{\n  "b": "£",\n  "a": [\n    1\n  ]\n}\n'


def test_static_code_is_found_below_its_platform() -> None:
    """Folders too, by their path; never what npm installed there."""
    found = static("connector.platforms.zapier")
    assert {"index.js", "lib/api.js"} <= set(found)
    assert not [path for path in found if "node_modules" in path]
    assert shared("unwrap.js").startswith(b"'use strict';")


@pytest.mark.parametrize("action", ACTIONS, ids=lambda each: each.key)
def test_what_choices_come_from_exists(action: Action) -> None:
    """Each source names a picklist or a search that there is, and fields of the form."""
    form = describe(action.input)
    keys = {field.key for field in form}
    for field in form:
        for source in sources(field, keys):
            if source.picklist:
                assert set(source.narrow) <= set(PICKLIST[source.picklist].depends)
                assert set(source.narrow.values()) <= keys
            else:
                listed = ACTION[str(source.search)].output[0]
                assert source.many == listed.key
                assert set(source.title) <= {child.key for child in listed.children}


def test_several_kinds_of_things_have_several_sources() -> None:
    """A note is about a contact, a unit, a subscription or a task."""
    (field,) = (each for each in describe(ACTION["add_note"].input) if each.key == "resource_id")
    assert [source.resource for source in sources(field)] == [
        "contact",
        "unit",
        "subscription",
        "task",
    ]


def test_a_site_narrows_units() -> None:
    """The form's own site does where there is one; a form without one gets it beside."""
    reserve, event = (describe(ACTION[key].input) for key in ("reserve_unit", "add_timeline_event"))
    beside = site_beside(reserve)
    assert beside is not None
    assert (beside.key, beside.required, beside.picklist) == (SITE, False, "sites")
    assert sources(reserve[0], {SITE})[0].narrow == {"site": SITE}
    assert site_beside(event) is None
    (unit,) = (field for field in event if field.key == "unit_id")
    narrow = sources(unit, {field.key for field in event})[0].narrow
    assert narrow == {"site": "site_id", "unit_type": "unit_type_id"}
    assert site_beside(describe(ACTION["create_contact"].input)) is None
