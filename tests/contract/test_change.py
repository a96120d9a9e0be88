"""Changing, disabling, enabling, deleting (Stora pages: Update, Disable a Webhook Endpoint)."""

import pytest

CHANGES = {
    "name": "Another name",
    "description": "Another description",
    "url": "https://example.org/other",
    "event_types": ["unit.created", "unit.updated"],
}


@pytest.mark.parametrize("field", CHANGES)
def test_each_field_can_be_changed_alone(api, field):
    """All fields of the update page are optional; what is not named stays."""
    endpoint = api.create()

    changed = api.patch(endpoint["id"], **{field: CHANGES[field]})

    expected = endpoint | {field: CHANGES[field], "secret": None}
    assert changed | {"updated_at": None} == expected | {"updated_at": None}
    assert changed["updated_at"] >= endpoint["updated_at"]
    assert api.show(endpoint["id"]) == changed


def test_the_description_can_be_taken_away(api):
    """Null clears it."""
    assert api.patch(api.create()["id"], description=None)["description"] is None


def test_an_empty_patch_changes_nothing(api):
    """`{}` is a valid merge patch."""
    endpoint = api.create()

    changed = api.patch(endpoint["id"])
    assert changed | {"updated_at": None} == endpoint | {"secret": None, "updated_at": None}


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        *((field, value, f"/{field}") for field in ("name", "url", "event_types")
          for value in (None, 5, "", {})),
        ("url", "http://example.com/hook", "/url"),
        ("event_types", [], "/event_types"),
        ("event_types", ["unit.gone"], "/event_types/0"),
        ("name", "n" * 256, "/name"),
        ("api_version", "2025-09", "/api_version"),
        ("id", "we_c72a94b59dc380a4", "/id"),
        ("secret", "0" * 64, "/secret"),
        ("status", "disabled", "/status"),
        ("created_at", "2025-02-22T14:41:00Z", "/created_at"),
        ("unknown", 1, "/unknown"),
    ],
)  # fmt: skip
def test_a_wrong_change_is_named_and_nothing_changes(api, problem, field, value, pointer):
    """422 with the pointer; also for what can be read but not written."""
    endpoint = api.create()
    path = f"{api.endpoints}/{endpoint['id']}"

    response = api.request("PATCH", path, json={"description": "New", field: value})

    problem(response, 422, "invalid_content", pointer)
    assert api.show(endpoint["id"]) == endpoint | {"secret": None}


def test_disabling_and_enabling(api):
    """`status` and `disabled_at` go together; doing it twice does no harm."""
    endpoint = api.create()
    path = f"{api.endpoints}/{endpoint['id']}"

    for _ in range(2):
        response = api.request("POST", f"{path}/disable")
        assert response.status_code == 200
        assert response.json()["endpoint"]["status"] == "disabled"
        assert response.json()["endpoint"]["disabled_at"] is not None
        assert response.json()["endpoint"] == api.show(endpoint["id"])
    for _ in range(2):
        response = api.request("POST", f"{path}/enable")
        assert response.status_code == 200
        assert response.json()["endpoint"]["status"] == "enabled"
        assert response.json()["endpoint"]["disabled_at"] is None


def test_a_deleted_endpoint_is_gone(api, problem):
    """From show and from the list."""
    endpoint = api.create()
    path = f"{api.endpoints}/{endpoint['id']}"

    response = api.request("DELETE", path)
    assert (response.status_code, response.content) == (204, b"")

    problem(api.request("GET", path), 404, "resource_not_found")
    problem(api.request("PATCH", path, json={"name": "x"}), 404, "resource_not_found")
    problem(api.request("POST", f"{path}/enable"), 404, "resource_not_found")
    mine = {"metadata[external_id]": endpoint["metadata"]["external_id"]}
    assert api.request("GET", api.endpoints, params=mine).json()["endpoints"] == []


def test_deleting_twice(api, problem):
    """Stora says 404; Unitwire says 204, so that a builder's clean-up never fails."""
    path = f"{api.endpoints}/{api.create()['id']}"
    api.request("DELETE", path)

    response = api.request("DELETE", path)
    if api.stamps:
        assert response.status_code == 204
    else:
        problem(response, 404, "resource_not_found")


def test_the_same_workflow_again(api):
    """Unitwire knows source and external id again (200, same id); Stora makes a second one."""
    sent = api.body()
    first = api.request("POST", api.endpoints, json=sent)
    second = api.request("POST", api.endpoints, json=sent | {"name": "Renamed"})

    same = first.json()["endpoint"]["id"] == second.json()["endpoint"]["id"]
    assert (second.status_code, same) == ((200, True) if api.stamps else (201, False))
    assert second.json()["endpoint"]["name"] == "Renamed"
