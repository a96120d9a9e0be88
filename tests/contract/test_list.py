"""Listing and showing (Stora pages: List all Webhook Endpoints, guides/responses)."""

import uuid

import pytest


@pytest.fixture
def three(api):
    """Three endpoints that only this test knows, oldest first, and the filter that finds them."""
    mark = uuid.uuid4().hex
    made = [
        api.create(name=f"Number {number}", metadata=api.body()["metadata"] | {"mark": mark})
        for number in range(3)
    ]
    return made, {"metadata[mark]": mark}


def ids(response):
    """Return the ids on a page."""
    assert response.status_code == 200, response.text
    return [endpoint["id"] for endpoint in response.json()["endpoints"]]


def test_a_list_has_the_envelope_and_whole_endpoints(api, three):
    """`endpoints`, and `meta` with request id, curies, pagination; no secret."""
    made, mine = three
    answer = api.request("GET", api.endpoints, params=mine).json()

    assert answer.keys() == {"endpoints", "meta"}
    assert answer["meta"].keys() == {"request_id", "curies", "pagination"}
    assert answer["meta"]["pagination"] == {
        "count": 3,
        "last": 1,
        "limit": 50,
        "next": None,
        "page": 1,
        "pages": 1,
        "prev": None,
    }
    assert answer["endpoints"] == [endpoint | {"secret": None} for endpoint in reversed(made)]


def test_showing_one_never_shows_its_secret(api, three):
    """The secret is in the create answer only."""
    made, _ = three
    response = api.request("GET", f"{api.endpoints}/{made[0]['id']}")

    assert response.json().keys() == {"endpoint", "meta"}
    assert response.json()["endpoint"] == made[0] | {"secret": None}


def test_pages_walk_through_the_list_once(api, three):
    """`next` leads to the last page, `prev` back; nothing is repeated or left out."""
    made, mine = three
    first = api.request("GET", api.endpoints, params=mine | {"limit": 2})
    second = api.request("GET", api.endpoints, params=mine | {"limit": 2, "page": 2})

    assert ids(first) + ids(second) == [endpoint["id"] for endpoint in reversed(made)]
    paging = first.json()["meta"]["pagination"], second.json()["meta"]["pagination"]
    assert [(p["prev"], p["page"], p["next"], p["last"], p["count"]) for p in paging] == [
        (None, 1, 2, 2, 3),
        (1, 2, None, 2, 3),
    ]


def test_a_page_beyond_the_last_is_empty(api, three):
    """Not an error: the list may have become shorter."""
    _, mine = three
    response = api.request("GET", api.endpoints, params=mine | {"page": 9})

    assert ids(response) == []
    assert response.json()["meta"]["pagination"]["count"] == 3


def test_an_empty_list_has_one_page(api):
    """`last` and `pages` are 1, `count` is 0."""
    response = api.request("GET", api.endpoints, params={"metadata[mark]": "nobody"})

    assert ids(response) == []
    paging = response.json()["meta"]["pagination"]
    assert (paging["count"], paging["pages"], paging["last"]) == (0, 1, 1)


def test_sort_direction_turns_the_list_round(api, three):
    """Newest first unless ASC is asked for."""
    made, mine = three
    oldest_first = [endpoint["id"] for endpoint in made]

    ascending = {"sort_by": "created_at", "sort_direction": "ASC"}
    assert ids(api.request("GET", api.endpoints, params=mine | ascending)) == oldest_first
    descending = {"sort_direction": "DESC"}
    assert ids(api.request("GET", api.endpoints, params=mine | descending)) == oldest_first[::-1]


def test_filters_by_status_and_by_several(api, three):
    """`status` takes one value or a comma list."""
    made, mine = three
    api.request("POST", f"{api.endpoints}/{made[1]['id']}/disable")

    def with_status(status):
        return set(ids(api.request("GET", api.endpoints, params=mine | {"status": status})))

    assert with_status("disabled") == {made[1]["id"]}
    assert with_status("enabled") == {made[0]["id"], made[2]["id"]}
    assert with_status("disabled,enabled") == {endpoint["id"] for endpoint in made}


def test_filters_by_several_metadata_keys(api, three):
    """All named keys must agree."""
    made, mine = three
    external_id = made[1]["metadata"]["external_id"]

    found = api.request("GET", api.endpoints, params=mine | {"metadata[external_id]": external_id})
    assert ids(found) == [made[1]["id"]]
    none = api.request("GET", api.endpoints, params=mine | {"metadata[external_id]": "other"})
    assert ids(none) == []


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *(("page", value) for value in ("0", "-1", "x", "", "1.5", "٣", "1_0", " 1", "9" * 5000)),
        *(("limit", value) for value in ("0", "101", "-1", "x", "")),
        *(("status", value) for value in ("", "gone", "enabled,gone", "ENABLED")),
        *(("sort_by", value) for value in ("", "name", "secret")),
        *(("sort_direction", value) for value in ("", "asc", "sideways", "ASC,DESC")),
        *(("page", value) for value in (["1", "2"], ["1", "1"])),
        ("metadata", "x"),
    ],
)
def test_a_wrong_parameter_is_named(api, problem, parameter, value):
    """422 `invalid_url_param` with the pointer of the parameter."""
    response = api.request("GET", api.endpoints, params={parameter: value})

    problem(response, 422, "invalid_url_param", f"/{parameter}")


@pytest.mark.parametrize("limit", [1, 100])
def test_the_smallest_and_largest_page_pass(api, limit):
    """1 to 100 on a page."""
    response = api.request("GET", api.endpoints, params={"limit": limit})

    assert response.json()["meta"]["pagination"]["limit"] == limit
