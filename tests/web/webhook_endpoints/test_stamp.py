"""The stamp: where an endpoint comes from, and that the same workflow is the same endpoint."""

import re

import pytest
from broker import BODY
from web.webhook_endpoints.conftest import PATH, Builder

# ---- the stamp ---------------------------------------------------------------------------------


@pytest.mark.parametrize("claimed", [{}, {"source": "make"}, {"source": " "}])
def test_an_app_s_source_is_its_platform_whatever_it_claims(
    zapier: Builder, claimed: dict[str, str]
) -> None:
    """The stamp is a fact, not a claim."""
    made = zapier.create(metadata=claimed | {"external_id": "abc_123"})
    assert made["metadata"] == {"source": "zapier", "external_id": "abc_123"}


@pytest.mark.parametrize(("claimed", "source"), [({}, "custom"), ({"source": "mine"}, "mine")])
def test_a_script_says_itself_what_it_is(
    script: Builder, claimed: dict[str, str], source: str
) -> None:
    """A personal token keeps the body's source, else it is `custom`."""
    assert script.create(metadata=claimed)["metadata"]["source"] == source


@pytest.mark.parametrize("metadata", [{}, {"external_id": ""}, {"external_id": "  "}])
def test_without_a_workflow_id_each_request_is_another_workflow(
    zapier: Builder, metadata: dict[str, str]
) -> None:
    """A made one; a field left empty in two workflows does not make them one."""
    first, second = zapier.create(metadata=metadata), zapier.create(metadata=metadata)

    assert first["id"] != second["id"]
    assert re.fullmatch(r"ext_[0-9a-f]{16}", first["metadata"]["external_id"])


def test_the_stamp_is_checked_like_all_metadata(zapier: Builder) -> None:
    """A source that would be overwritten anyway still has to be a text."""
    response = zapier.ask("POST", json=BODY | {"metadata": {"source": 5}})
    assert response.status_code == 422
    assert response.json["error"]["details"][0]["pointer"] == "/metadata/source"


def test_an_app_cannot_change_its_source_and_null_does_not_remove_the_stamp(
    zapier: Builder,
) -> None:
    """Everything else may change; `{}` clears all but the stamp."""
    made = zapier.create(metadata={"external_id": "abc_123", "team": "sales"})
    stamp = {"source": "zapier", "external_id": "abc_123"}

    changed = zapier.patch(made, metadata={"source": "make", "external_id": None, "team": None})
    assert changed["metadata"] == stamp
    assert zapier.patch(made, metadata={"team": "x"})["metadata"] == stamp | {"team": "x"}
    assert zapier.patch(made, metadata={})["metadata"] == stamp


def test_a_script_may_change_both(script: Builder) -> None:
    """As Stora's own page does: `source` from zapier to make."""
    made = script.create()
    changed = script.patch(made, metadata={"source": "make", "external_id": "new"})
    assert changed["metadata"] == {"source": "make", "external_id": "new"}


def test_twenty_own_keys_fit_beside_the_stamp_and_no_change_adds_one(zapier: Builder) -> None:
    """A body may name 20 keys; beyond 20 in all a change may exchange keys, not add any."""
    own = {f"key.{number}": "text" for number in range(20)}
    made = zapier.create(metadata=own)
    assert len(made["metadata"]) == 22

    response = zapier.ask("PATCH", f"/{made['id']}", json={"metadata": {"one.more": "x"}})
    assert response.json["error"]["details"][0]["pointer"] == "/metadata"
    assert len(zapier.patch(made, metadata={"key.0": None, "one.more": "x"})["metadata"]) == 22
    too_many = zapier.ask("POST", json=BODY | {"metadata": own | {"key.20": "text"}})
    assert too_many.status_code == 422


# ---- the same workflow again -------------------------------------------------------------------


def test_the_same_workflow_again_is_200_without_the_secret(zapier: Builder) -> None:
    """What is left out of the body is taken away, as the body describes the whole endpoint."""
    made = zapier.create()
    body = {key: value for key, value in BODY.items() if key != "description"}
    response = zapier.ask("POST", json=body | {"url": "https://example.org/other"})

    assert response.status_code == 200
    again = response.json["endpoint"]
    assert (again["id"], again["secret"], again["description"]) == (made["id"], None, None)
    assert again["url"] == "https://example.org/other"
    assert response.headers["Location"].endswith(f"{PATH}/{made['id']}")


def test_two_platforms_with_the_same_workflow_id_are_two(zapier: Builder, make: Builder) -> None:
    """The id is the platform's own."""
    assert zapier.create()["id"] != make.create()["id"]


def test_an_external_id_of_another_endpoint_is_a_conflict(zapier: Builder) -> None:
    """409 that says so."""
    zapier.create()
    other = zapier.create(metadata={"external_id": "other"})
    response = zapier.ask("PATCH", f"/{other['id']}", json={"metadata": {"external_id": "abc_123"}})
    assert (response.status_code, response.json["error"]["code"]) == (409, "conflict")
