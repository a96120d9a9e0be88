"""Narrowing lists down."""

import pytest

from connector.catalogue.places import PLACES
from connector.sandbox.business.kinds import values_of
from connector.sandbox.business.listings import LISTINGS

WINDOWS = ("created", "updated")
BY_ID = [
    (kind, name) for kind, row in LISTINGS.items() for name in row.filters if name[-3:] == "_id"
]
BY_CHOICE = [
    (kind, name)
    for kind, row in LISTINGS.items()
    for name in row.filters
    if name[-3:] != "_id" and name not in ("email", "search", *WINDOWS)
]
NEAR = {
    ("unit_allocation", "contact_id"): ("tenancy", "contact"),
    ("unit_allocation", "site_id"): ("unit", "site"),
}


def found(still, kind, **query):
    """Return the ids that a list answers, in their order."""
    place = PLACES[kind]
    response = still.client.get(
        f"/2025-09{place.path}", query_string={"limit": 100, **query}, headers=still.bearer
    )
    assert response.status_code == 200, response.text
    return [each["id"] for each in response.json[place.many]]


def refused(still, kind, **query):
    """Return the pointer of the parameter that a list refuses."""
    path = f"/2025-09{PLACES[kind].path}"
    response = still.client.get(path, query_string=query, headers=still.bearer)
    assert response.status_code == 422, response.text
    assert response.json["error"]["code"] == "invalid_url_param"
    return response.json["error"]["details"][0]["pointer"]


@pytest.mark.parametrize(("kind", "name"), BY_ID)
def test_every_relation_narrows_its_list(still, kind, name):
    """One id, several, none that is known; an empty one matches nothing."""

    def related(document):
        for step in NEAR.get((kind, name), (name[:-3],)):
            if document is None:
                return None
            document = document[step] and still.sandbox.state.get(
                still.operator, step, document[step]["id"]
            )
        return document and document["id"]

    if kind == "note":
        owners = {each["id"]: each["resource"]["id"] for each in still.all(kind)}
    else:
        owners = {each["id"]: related(each) for each in still.all(kind)}
    wanted = sorted({owner for owner in owners.values() if owner})
    for one in wanted:
        assert set(found(still, kind, **{name: one})) == {
            id for id, owner in owners.items() if owner == one
        }
    two = wanted[:2]
    assert set(found(still, kind, **{name: ",".join(two)})) == {
        id for id, owner in owners.items() if owner in two
    }
    for nobody in ("", "x_0000000000000000"):
        assert found(still, kind, **{name: nobody}) == []


@pytest.mark.parametrize(("kind", "name"), BY_CHOICE)
def test_every_choice_narrows_its_list(still, kind, name):
    """Each value, two of them; a value that does not exist is refused."""
    values = values_of(kind, name)
    for wanted in ([value] for value in values):
        assert set(found(still, kind, **{name: ",".join(wanted)})) == {
            each["id"] for each in still.all(kind) if each[name] in wanted
        }
    assert set(found(still, kind, **{name: ",".join(values)})) == {
        each["id"] for each in still.all(kind) if each[name] is not None
    }
    for wrong in ("colour", "", f"{values[0]},", f" {values[0]}"):
        assert refused(still, kind, **{name: wrong}) == f"/{name}"


@pytest.mark.parametrize("name", ["type", "source", "marketing_source", "use_case"])
def test_contacts_can_be_asked_for_what_they_did_not_say(shop, name):
    """`unspecified` is null; of a status nobody can say that."""
    shop.new_contact()
    unsaid = {each["id"] for each in shop.all("contact") if each[name] is None}
    assert set(found(shop, "contact", **{name: "unspecified"})) == unsaid != set()
    assert refused(shop, "contact", status="unspecified") == "/status"


def test_a_status_of_units_has_two_spellings(still):
    """The list page's own, and the one of the documents."""
    assert found(still, "unit", status="overlock") == found(still, "unit", status="overlocked")
    assert len(found(still, "unit", status="overlock")) == 1


def test_contacts_are_found_by_their_address(shop):
    """Exactly, whatever the case; several at once; not by a part of it."""
    one, other = shop.new_contact(), shop.new_contact("other+tag@example.com")
    assert found(shop, "contact", email="MIRA@example.com") == [one["id"]]
    both = "mira@example.com,other+tag@example.com"
    assert found(shop, "contact", email=both) == [other["id"], one["id"]]
    assert found(shop, "contact", email="mira") == []


def test_contacts_are_searched(shop):
    """Every word in name, address or number, in any case and order."""
    id = shop.done(
        "POST",
        "/contacts",
        {"email": "mira@example.com", "full_name": "Mira Stone", "phone_number": "+447700900555"},
    )["id"]
    for words in ("stone", "STONE mira", "mira@", "900555", "mira 900555"):
        assert found(shop, "contact", search=words) == [id]
    assert found(shop, "contact", search="mira nobody") == []
    assert len(found(shop, "contact", search="")) == len(shop.all("contact"))


@pytest.mark.parametrize("kind", ["contact", "timeline_template"])
@pytest.mark.parametrize("name", WINDOWS)
def test_windows_of_time(still, kind, name):
    """From the first moment on, up to but not including the last."""
    moments = sorted({each[f"{name}_at"] for each in still.all(kind)})
    middle = moments[len(moments) // 2]
    later = {each["id"] for each in still.all(kind) if each[f"{name}_at"] >= middle}
    earlier = {each["id"] for each in still.all(kind)} - later
    assert set(found(still, kind, **{f"{name}_after": middle})) == later
    assert set(found(still, kind, **{f"{name}_before": middle})) == earlier
    both = {f"{name}_after": middle, f"{name}_before": middle}
    assert found(still, kind, **both) == []


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-22",
        "2025-02-22T14:41:00Z",
        "2025-02-22T14:41:00+02:00",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_moments_have_many_forms(still, text):
    """A day, a moment, any offset."""
    found(still, "contact", created_after=text, updated_before=text)


@pytest.mark.parametrize("text", ["", "yesterday", "2025-13-01", "1740235260", "2025-02-30"])
def test_a_wrong_moment_is_refused(still, text):
    """422 with the name of the parameter."""
    assert refused(still, "contact", created_after=text) == "/created_after"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("contact", {"email": "mira@example.com", "full_name": "Mira"}),
        ("task", {"title": "Sweep"}),
    ],
)
def test_metadata_narrows_lists(shop, kind, body):
    """All keys that are named; it has to be written with its key."""
    metadata = {"external_id": "abc_123", "source": "zapier"}
    id = shop.done("POST", PLACES[kind].path, body | {"metadata": metadata})["id"]
    assert found(shop, kind, **{"metadata[external_id]": "abc_123"}) == [id]
    both = {"metadata[external_id]": "abc_123", "metadata[source]": "zapier"}
    assert found(shop, kind, **both) == [id]
    assert found(shop, kind, **both | {"metadata[source]": "make"}) == []
    assert refused(shop, kind, metadata="x") == "/metadata"


def test_filters_are_combined(still):
    """Both have to be true; what a list does not know is ignored."""
    site = still.one("site")["id"]
    both = found(still, "unit", site_id=site, status="available", colour="red")
    assert set(both) == {
        each["id"]
        for each in still.all("unit")
        if each["site"]["id"] == site and each["status"] == "available"
    }


@pytest.mark.parametrize("name", ["status", "site_id", "email", "created_after", "expand"])
def test_a_parameter_is_given_once(still, name):
    """Twice is refused."""
    kind = "unit" if name in ("status", "site_id") else "contact"
    assert refused(still, kind, **{name: ["available", "occupied"]}) == f"/{name}"


def test_what_is_equal_keeps_its_order(shop):
    """Of two that were made in the same second, the later one is newer."""
    ids = [shop.new_contact(f"{number}@example.com")["id"] for number in range(5)]
    assert found(shop, "contact")[:5] == ids[::-1]
    assert found(shop, "contact", sort_direction="ASC")[-5:] == ids


def test_names_are_sorted_whatever_their_case(shop):
    """And those without one come first."""
    for number, name in enumerate(("zoe", "Adam", "adele", None)):
        id = shop.new_contact(f"{number}@example.com")["id"]
        shop.done("PATCH", f"/contacts/{id}", {"full_name": name})
    ids = found(shop, "contact", sort_by="full_name", sort_direction="ASC")
    names = [shop.get("contact", id)["full_name"] for id in ids]
    assert names == sorted(names, key=lambda name: (name or "").casefold())
    assert names[0] is None
