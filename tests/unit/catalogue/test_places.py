"""Places and scopes: where resources lie, and what reading and changing them needs."""

import pytest

from connector.catalogue.places import PLACES, place_at
from connector.catalogue.schemas import RESOURCES
from connector.catalogue.scopes import SCOPES, scope_label

# Stora page: guides/authorization, and the pages of tenancies, timeline, units, webhook endpoints.
READ = {
    "access_token", "application", "contact", "contract", "contract_template", "coupon",
    "credit_note", "deal", "deal_stage", "identity_verification", "invoice", "note", "order",
    "product", "product_category", "protection_level", "site", "staff", "subscription", "task",
    "tenancy", "timeline_source", "timeline_template", "unit", "unit_type", "webhook_endpoint",
}  # fmt: skip
WRITE = {
    "contact", "deal", "note", "order", "product", "protection_level", "task", "timeline_event",
    "unit", "unit_type", "webhook_endpoint",
}  # fmt: skip
ASSUMED = {"unit_allocation"}  # allocations can be read, but no page seen names the scope


def test_the_scopes_are_storas() -> None:
    """All scopes that Stora's pages name are there, and the one that is assumed; no others."""
    assert set(SCOPES) == {f"public.{resource}:read" for resource in READ | ASSUMED} | {
        f"public.{resource}:write" for resource in WRITE
    }
    assert list(SCOPES) == sorted(set(SCOPES))


def test_a_scope_of_another_form_is_shown_as_it_is() -> None:
    """A permission that Stora may invent is not put into words that may be wrong."""
    assert scope_label("public.contact:admin") == "public.contact:admin"
    assert scope_label("public.staff:read") == "See staff"


def test_every_resource_has_a_place() -> None:
    """Whatever has a schema lies somewhere, and no two lie in the same place."""
    assert set(RESOURCES) | {"contract_template"} == set(PLACES)
    assert len({place.path for place in PLACES.values()}) == len(PLACES)
    for place in PLACES.values():
        assert place_at(place.path) is place
        assert place_at(f"{place.path}/x_1") is place
        assert place_at(f"{place.path}x") is not place


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/deals/deal_1/win", "deal"),
        ("/deals/stages", "deal_stage"),
        ("/deals/stagesx", "deal"),
        ("/units/overlock", "unit"),
        ("/unit_types", "unit_type"),
        ("/timeline/events/aevt_1", "timeline_event"),
        ("/timeline", None),
        ("/", None),
        ("", None),
        ("contacts", None),
    ],
)
def test_the_longest_path_wins(path: str, resource: str | None) -> None:
    """A stage of deals is no deal, and what lies nowhere has no place."""
    place = place_at(path)
    assert (place.resource if place else None) == resource
