"""Stories about deals: the first stage, and lines that Stora replaces all at once."""

from typing import Any

import pytest
from story_stage import Stora, listed, paths, shown, tell

from connector.catalogue.actions import ACTION
from connector.catalogue.samples import resource_sample
from connector.errors import Conflict

UNIT_TYPE = {"type": "unit_type", "item": {"id": "utype_1"}}
COVER = {"type": "protection", "item": {"id": "plvl_e8f3ad0a07e47566"}}


def test_a_deal_begins_in_the_first_stage() -> None:
    """Without a stage, the one with the lowest position is asked for; with one, nothing is."""
    deal = {"name": "75 sq ft", "contact_id": "con_1"}
    stora = Stora()
    tell(stora, "create_deal", **deal, unit_type_id="utype_1")
    assert paths(stora) == ["GET /deals/stages", "POST /deals"]
    assert stora.calls[0].params == {"sort_by": "position", "sort_direction": "ASC", "limit": "1"}
    assert stora.calls[1].json == {
        "name": "75 sq ft",
        "contact": {"id": "con_1"},
        "stage": {"id": resource_sample("deal_stage")["id"]},
        "line_items": [UNIT_TYPE],
    }
    stora = Stora()
    tell(stora, "create_deal", **deal, stage_id="dstg_1")
    assert [call.json for call in stora.calls] == [
        {"name": "75 sq ft", "contact": {"id": "con_1"}, "stage": {"id": "dstg_1"}}
    ]
    with pytest.raises(Conflict, match="no deal stage"):
        tell(Stora(lambda call: listed("deal_stage")), "create_deal", **deal)


def test_one_line_of_a_deal_is_changed_and_the_other_kept() -> None:
    """Stora replaces all lines, so the one that is not changed is read and sent along."""
    document = resource_sample("deal") | {"line_items": [{**COVER, "quantity": 1}, UNIT_TYPE]}
    before = [COVER, {"type": "unit_type", "item": {"id": "utype_2"}}]

    def lines(**input: Any) -> tuple[int, Any]:
        stora = Stora(lambda call: shown("deal", document) if call.method == "GET" else None)
        tell(stora, "update_deal", deal_id="deal_1", **input)
        return len(stora.calls), (stora.calls[-1].json or {}).get("line_items")

    assert lines(unit_type_id="utype_2") == (2, before)
    assert lines(clear=["unit_type_id"]) == (2, [COVER])
    assert lines(clear=["protection_level_id"], unit_type_id="utype_1") == (1, [UNIT_TYPE])
    assert lines(clear=["protection_level_id", "unit_type_id"]) == (1, [])
    assert lines(name="Other") == (1, None)
    for odd in (
        None,
        5,
        [5, {}, {"type": "protection"}, {"item": {"id": "x"}}, {"type": [], "item": 5}],
    ):
        document["line_items"] = odd
        assert lines(unit_type_id="utype_1") == (2, [UNIT_TYPE])


def test_reading_a_deal_needs_its_scope_only_then() -> None:
    """Only changing one of two lines reads the deal."""
    action = ACTION["update_deal"]
    assert action.scopes_for({"unit_type_id": "utype_1"}) == (
        "public.deal:write",
        "public.deal:read",
    )
    assert action.scopes_for({"unit_type_id": "u", "protection_level_id": "p"}) == (
        "public.deal:write",
    )
    assert action.scopes_for({"name": "x"}) == ("public.deal:write",)
