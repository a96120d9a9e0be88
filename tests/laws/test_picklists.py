"""Laws of picklists: every one is made from its resource; law 9."""

import pytest

from connector.catalogue.picklists import PICKLIST, PICKLISTS, STATIC, Picklist, items, narrow
from connector.catalogue.samples import resource_sample
from connector.catalogue.schemas import RESOURCES
from connector.catalogue.scopes import SCOPES

every_picklist = pytest.mark.parametrize("row", PICKLISTS, ids=lambda each: each.name)


def test_the_picklists_are_those_that_are_promised() -> None:
    """The names are those of the contract, each once; the ones that never change among them."""
    assert [row.name for row in PICKLISTS] + list(STATIC) == [
        "sites", "unit_types", "units", "deal_stages", "staff", "protection_levels", "products",
        "product_categories", "coupons", "contract_templates", "timeline_sources",
        "timeline_templates", "event_types", "scopes",
    ]  # fmt: skip
    assert set(PICKLIST).isdisjoint(STATIC)


@every_picklist
def test_a_picklist_is_made_from_its_resource(row: Picklist) -> None:
    """The paths of label and filters lead somewhere in a sample, and the item finds back to it."""
    if row.resource not in RESOURCES:
        assert row.name == "contract_templates"
        document = {"id": "ctpl_1", "name": "Indoor storage"}
    else:
        document = resource_sample(row.resource)
    (item,) = items(row, [document])
    assert item["value"] == document["id"]
    assert item["label"] not in ("", document["id"])
    assert list(item) == ["value", "label", *row.depends]
    for name in row.depends:
        assert narrow([item], "", {name: item[name]}) == [item]
        assert narrow([item], "", {name: "something_else"}) == []
    assert narrow([item], item["label"].upper(), {}) == [item]
    assert narrow([item], item["value"], {}) == [item]
    assert narrow([item], "no such thing", {}) == []
    assert row.scope in SCOPES
    assert row.lives_s > 0


@pytest.mark.parametrize("name", STATIC)
def test_a_static_picklist_has_different_labels(name: str) -> None:
    """Each choice can be told from the others."""
    choices = STATIC[name]()
    assert len({each["value"] for each in choices}) == len(choices)
    assert len({each["label"] for each in choices}) == len(choices)
