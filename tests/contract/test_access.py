"""Who may call: tokens, scopes, and the wall between operators (Stora page: guides/errors)."""

import pytest

CALLS = [
    ("POST", "", "write"),
    ("GET", "", "read"),
    ("GET", "/{id}", "read"),
    ("PATCH", "/{id}", "write"),
    ("POST", "/{id}/disable", "write"),
    ("POST", "/{id}/enable", "write"),
    ("DELETE", "/{id}", "write"),
]
ON_ONE = [call for call in CALLS if "{id}" in call[1]]


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic YTpi", "bearer", "Bearer a b",
     b"Bearer \xff\xfe", "Bearer " + "x" * 5000],
)  # fmt: skip
def test_without_a_good_token_nothing_is_said(api, problem, method, path, scope, authorization):
    """401 with WWW-Authenticate (RFC 6750), before anything else is looked at."""
    path = api.endpoints + path.format(id="we_c72a94b59dc380a4")
    response = api.request(method, path, headers={"Authorization": authorization}, data=b"{")

    problem(response, 401, "invalid_token")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_a_missing_scope_is_named(api, problem, method, path, scope):
    """403, and write does not imply read, nor read write."""
    needed, held = (api.read, api.write) if scope == "read" else (api.write, api.read)
    path = api.endpoints + path.format(id=api.create()["id"])

    error = problem(api.request(method, path, scopes=held, json=api.body()), 403, "forbidden")
    assert needed in error["message"]


@pytest.mark.parametrize(("method", "path", "scope"), ON_ONE)
def test_a_foreign_id_is_like_an_unknown_one(api, method, path, scope):
    """Another operator learns nothing and changes nothing."""
    endpoint = api.create()

    def ask(id):
        response = api.request(
            method, api.endpoints + path.format(id=id), operator=1, json={"name": "Mine"}
        )
        answer = response.json().get("error", {}) if response.content else {}
        return response.status_code, answer | {"request_id": None}

    assert ask(endpoint["id"]) == ask("we_0000000000000000")
    assert api.show(endpoint["id"]) == endpoint | {"secret": None}


def test_a_list_holds_ones_own_only(api):
    """Neither all of them nor by a filter that would fit."""
    endpoint = api.create()
    mine = {"metadata[external_id]": endpoint["metadata"]["external_id"]}

    assert api.request("GET", api.endpoints, params=mine).json()["endpoints"] != []
    assert api.request("GET", api.endpoints, params=mine, operator=1).json()["endpoints"] == []
