"""Metadata and its rules (Stora page: guides/metadata)."""

import pytest

EXTERNAL = {"source": "zapier", "external_id": "abc_123"}


def keys(api, count):
    """Return metadata with `count` keys, the stamp's among them."""
    stamp = api.body()["metadata"]
    return stamp | {f"key.{number}": "text" for number in range(count - len(stamp))}


def test_twenty_keys_pass_and_twenty_one_do_not(api, problem):
    """At most 20 keys in an object."""
    assert len(api.create(metadata=keys(api, 20))["metadata"]) == 20

    response = api.request("POST", api.endpoints, json=api.body(metadata=keys(api, 21)))
    problem(response, 422, "invalid_content", "/metadata")


@pytest.mark.parametrize("key", ["a", "0", "._:-", "correlation.id", "k" * 40])
def test_a_good_key_is_kept(api, key):
    """Lower-case letters, digits, `.` `_` `:` `-`, up to 40 characters."""
    assert api.create(metadata=api.body()["metadata"] | {key: "x"})["metadata"][key] == "x"


@pytest.mark.parametrize("key", ["", "A", "é", "a b", "a\n", "k" * 41, "a/b", "a~", "a\x00"])
def test_a_bad_key_is_named(api, problem, key):
    """422 with the pointer of the key."""
    response = api.request("POST", api.endpoints, json=api.body(metadata={key: "x"}))

    pointer = key.replace("~", "~0").replace("/", "~1")
    problem(response, 422, "invalid_content", f"/metadata/{pointer}")


@pytest.mark.parametrize("value", [1, 1.5, True, None, [], {}, "v" * 501, "nul\x00"])
def test_a_value_that_is_no_text_of_500_characters_is_named(api, problem, value):
    """Text only: no numbers, booleans, nesting."""
    response = api.request("POST", api.endpoints, json=api.body(metadata={"key": value}))

    problem(response, 422, "invalid_content", "/metadata/key")


def test_the_longest_value_is_kept(api):
    """500 characters, whatever they are."""
    metadata = api.body()["metadata"] | {"key": "🗄" * 500, "empty": ""}
    kept = api.create(metadata=metadata)["metadata"]

    assert (kept["key"], kept["empty"]) == ("🗄" * 500, "")


def test_a_patch_changes_the_keys_it_names(api):
    """Merge patch: named keys change, others stay, new ones come."""
    endpoint = api.create(metadata=api.body()["metadata"] | {"a": "1", "b": "2"})

    changed = api.patch(endpoint["id"], metadata={"b": "3", "c": "4"})

    assert changed["metadata"] == endpoint["metadata"] | {"b": "3", "c": "4"}
    assert api.show(endpoint["id"])["metadata"] == changed["metadata"]


def test_null_removes_a_key(api):
    """Also one that is not there."""
    endpoint = api.create(metadata=api.body()["metadata"] | {"a": "1", "b": "2"})

    changed = api.patch(endpoint["id"], metadata={"a": None, "never": None})

    expected = {key: text for key, text in endpoint["metadata"].items() if key != "a"}
    assert changed["metadata"] == expected


def test_an_empty_object_clears_all(api):
    """All that is the caller's."""
    endpoint = api.create(metadata=api.body()["metadata"] | {"a": "1"})

    assert api.own(api.patch(endpoint["id"], metadata={})["metadata"]) == {}


def test_leaving_metadata_out_changes_nothing(api):
    """A patch of something else leaves it alone."""
    endpoint = api.create(metadata=api.body()["metadata"] | {"a": "1"})

    assert api.patch(endpoint["id"], name="New name")["metadata"] == endpoint["metadata"]


def test_a_merge_beyond_twenty_keys_is_refused(api, problem):
    """The limit is on what would be kept; nothing changes."""
    endpoint = api.create(metadata=keys(api, 20))
    path = f"{api.endpoints}/{endpoint['id']}"

    response = api.request("PATCH", path, json={"name": "New", "metadata": {"one.more": "x"}})
    problem(response, 422, "invalid_content", "/metadata")
    assert api.show(endpoint["id"])["metadata"] == endpoint["metadata"]
    assert api.show(endpoint["id"])["name"] == endpoint["name"]

    exchanged = api.patch(endpoint["id"], metadata={"key.0": None, "one.more": "x"})
    assert len(exchanged["metadata"]) == 20


@pytest.mark.parametrize(
    ("metadata", "pointer"),
    [
        (None, "/metadata"),
        ([], "/metadata"),
        ({"A": "x"}, "/metadata/A"),
        ({"a": 1}, "/metadata/a"),
    ],
)
def test_a_patch_knows_the_same_rules(api, problem, metadata, pointer):
    """What create refuses, update refuses."""
    path = f"{api.endpoints}/{api.create()['id']}"

    response = api.request("PATCH", path, json={"metadata": metadata})
    problem(response, 422, "invalid_content", pointer)
