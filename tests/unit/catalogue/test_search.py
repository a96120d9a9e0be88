"""Looking through lists: page by page, checked, the newest first, and never without end."""

from typing import Any

from story_stage import Stora, listed, paths, tell

from connector.catalogue.actions.search import MAX_PAGES
from connector.catalogue.samples import resource_sample


def test_pages_are_read_until_there_are_enough() -> None:
    """Each page is asked for once; a row that slipped to the next page is shown once."""
    pages = {
        "1": listed("deal", {"id": "deal_1", "created_at": "2025-01-03T00:00:00Z"}, following=2),
        "2": listed(
            "deal",
            {"id": "deal_1", "created_at": "2025-01-03T00:00:00Z"},
            {"id": "deal_2", "created_at": "2025-01-02T00:00:00Z"},
            following=3,
        ),
        "3": listed("deal", {"id": "deal_3", "created_at": "2025-01-01T00:00:00Z"}),
    }
    for limit, calls, has_more in ((1, 1, True), (2, 2, True), (3, 3, False), (4, 3, False)):
        stora = Stora(lambda call: pages[call.params["page"]])
        body = tell(stora, "list_deals", limit=limit).body
        assert [each["id"] for each in body["deals"]] == ["deal_1", "deal_2", "deal_3"][:limit]
        assert (len(stora.calls), body["has_more"]) == (calls, has_more)


def test_the_newest_come_first() -> None:
    """Whatever order Stora keeps, results are ordered; one without a date comes last."""
    mixed = listed(
        "invoice",
        {"id": "inv_1", "created_at": "2025-01-01T00:00:00Z"},
        {"id": "inv_2", "created_at": None},
        {"id": "inv_3", "created_at": "2025-02-01T00:00:00Z"},
    )
    body = tell(Stora(lambda call: mixed), "list_invoices").body
    assert [each["id"] for each in body["invoices"]] == ["inv_3", "inv_1", "inv_2"]


def test_a_search_ends() -> None:
    """A list without an end is left after MAX_PAGES pages, and the answer says so."""
    stora = Stora(lambda call: listed("deal", following=int(call.params["page"]) + 1))
    body = tell(stora, "list_deals").body
    assert len(stora.calls) == MAX_PAGES
    assert body == {"deals": [], "flat": [], "has_more": True}


def test_windows_of_time_include_their_beginning() -> None:
    """`created_after` is inclusive, `created_before` exclusive; a date is its midnight."""
    stora = Stora(
        lambda call: listed("deal", {"id": "deal_1", "created_at": "2025-02-01T00:00:00Z"})
    )

    def count(**input: Any) -> int:
        return len(tell(stora, "list_deals", **input).body["deals"])

    assert count(created_after="2025-02-01") == 1
    assert count(created_after="2025-02-01T00:00:01Z") == 0
    assert count(created_before="2025-02-01") == 0
    assert count(created_before="2025-02-01T00:00:01Z") == 1
    assert count(created_after="2025-02-01T01:00:00+01:00") == 1
    for odd in (None, 5, "soon"):
        stora.script = lambda call, odd=odd: listed("deal", {"id": "deal_1", "created_at": odd})
        assert count(created_after="2025-02-01") == 0


def test_a_status_is_met_in_both_spellings() -> None:
    """Stora's filter says `overlock` for units that it shows as `overlocked`."""
    units = listed(
        "unit", {"id": "unit_1", "status": "overlocked"}, {"id": "unit_2", "status": "overlock"}
    )
    stora = Stora(lambda call: units)
    for wanted in ("overlocked", "overlock"):
        assert len(tell(stora, "list_units", status=wanted).body["units"]) == 2
        assert stora.calls[-1].params["status"] == "overlock"


def test_what_stora_has_no_filter_for_is_not_sent() -> None:
    """The number of a unit is looked for here, in any case."""
    stora = Stora()
    assert len(tell(stora, "list_units", reference_id="a-104").body["units"]) == 1
    assert "reference_id" not in stora.calls[0].params


def test_only_known_members_of_staff_are_found() -> None:
    """Staff cannot be asked for by id, so the list is looked through."""
    stora = Stora()
    assert len(tell(stora, "get_staff", staff_id=resource_sample("staff")["id"]).body["staff"]) == 1
    assert tell(stora, "get_staff", staff_id="staff_1").body["staff"] == []
    assert set(paths(stora)) == {"GET /staff"}
