"""Dropdowns: every field that is an id offers what is in Stora, page by page."""

from collections.abc import Iterator
from typing import Any

import pytest
from platforms.account import Account
from platforms.zapier.engine import Zapier

from connector.platforms.zapier import rows


def dropdowns() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the path of each function that fetches choices, with its sources."""
    kinds = {"triggers": rows.triggers(), "creates": rows.creates(), "searches": rows.searches()}
    for kind, found in kinds.items():
        for row in found:
            inside = f"{kind}.{row['key']}.operation.inputFields"
            yield from _in(inside, row["operation"]["inputFields"])


def _in(path: str, fields: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for place, field in enumerate(fields):
        if "choices_from" in field:
            yield f"{path}.{place}.choices.perform", field["choices_from"]
        yield from _in(f"{path}.{place}.children", field.get("children", []))


def choices(zapier: Zapier, path: str, **inputs: str) -> list[dict[str, str]]:
    """Return the choices of all pages."""
    found: list[dict[str, str]] = []
    token = None
    while True:
        meta = {"paging_token": token} if token else {}
        page = zapier.run(path, inputData=inputs, meta=meta)
        found += page["results"]
        token = page["paging_token"]
        if not token:
            return found


@pytest.mark.parametrize(("path", "sources"), list(dropdowns()), ids=lambda each: str(each)[:70])
def test_a_dropdown_offers_what_is_there(
    zapier: Zapier, path: str, sources: list[dict[str, Any]]
) -> None:
    """Each source gives choices, all different, in words; several sources say which is which."""
    found = choices(zapier, path)
    assert found
    assert len({each["id"] for each in found}) == len(found)
    assert all(each["label"] for each in found)
    if len(sources) > 1:
        kinds = {each["label"].partition(":")[0] for each in found}
        assert kinds == {source["kind"] for source in sources}


def test_units_are_narrowed_by_their_site(zapier: Zapier, account: Account) -> None:
    """With a site chosen, only its units are offered; without, those of all."""
    fields = "creates.reserve_unit.operation.inputFields"
    sites = choices(zapier, f"{fields}.0.choices.perform")
    units = {each["id"]: each["site"]["id"] for each in account.all("/units", "units")}
    assert {each["id"] for each in choices(zapier, f"{fields}.1.choices.perform")} == set(units)
    assert len(sites) > 1
    for site in sites:
        found = choices(zapier, f"{fields}.1.choices.perform", choose_site_id=site["id"])
        assert {each["id"] for each in found} == {
            unit for unit, place in units.items() if place == site["id"]
        }


def test_a_long_list_comes_in_pages(zapier: Zapier, account: Account) -> None:
    """Where there are more than fit on a page, the token leads to the next, without gaps."""
    path = "searches.get_unit.operation.inputFields.1.choices.perform"
    units = list(account.all("/units", "units"))
    first = zapier.run(path, inputData={})
    assert len(first["results"]) == min(len(units), 100)
    assert (first["paging_token"] is None) == (len(units) <= 100)
    assert len(choices(zapier, path)) == len(units)
