"""Calling Stora's API: within the scopes of the path and of what it brings along."""

import pytest
from story_stage import Stora, tell

from connector.catalogue.actions import ACTION
from connector.catalogue.actions.row import Call, Reply
from connector.dialect.body import load
from connector.errors import InvalidContent


@pytest.mark.parametrize(
    ("method", "path", "query", "scopes"),
    [
        ("GET", "/contacts", {}, "contact:read"),
        ("GET", "/2025-09/contacts/con_1", {}, "contact:read"),
        ("DELETE", "/contacts/con_1", {}, "contact:write"),
        ("GET", "/deals/deal_1", {}, "deal:read"),
        ("GET", "/deals/stages/dstg_1", {}, "deal_stage:read"),
        ("POST", "/units/overlock", {}, "unit:write"),
        ("POST", "/timeline/events", {}, "timeline_event:write"),
        ("PATCH", "/orders/order_1", {}, "order:write"),
        ("GET", "/deals", {"expand": "contact,stage"}, "deal:read contact:read deal_stage:read"),
        ("GET", "/units", {"expand": "unit_allocation.tenancy"},
         "unit:read tenancy:read unit_allocation:read"),
        ("GET", "/orders", {"expand": "line_items"}, "order:read"),
    ],
)  # fmt: skip
def test_a_free_call_needs_the_scope_of_its_path(
    method: str, path: str, query: dict[str, str], scopes: str
) -> None:
    """The scope follows from the resource of the path, and from what is expanded along with it."""
    values = load(
        ACTION["call_stora_api"].input(), {"method": method, "path": path, "query": query}
    )
    expected = tuple(f"public.{scope}" for scope in scopes.split())
    assert ACTION["call_stora_api"].scopes_for(values) == expected


def test_a_query_in_the_path_is_sent_to_its_own_field() -> None:
    """Who writes ?limit=1 into the path is told which field takes it."""
    with pytest.raises(InvalidContent) as refused:
        load(ACTION["call_stora_api"].input(), {"method": "GET", "path": "/contacts?limit=1"})
    assert [fault["pointer"] for fault in refused.value.details] == ["/path"]
    assert "`query`" in refused.value.details[0]["message"]


def test_a_free_call_is_made_as_it_is_asked() -> None:
    """Method, path below the version, query as text, body; and Stora's answer as it is."""
    stora = Stora(lambda call: Reply(201, {"product": {"id": "prod_1"}}))
    outcome = tell(
        stora,
        "call_stora_api",
        method="POST",
        path="/2025-09/products",
        query={"page": 2, "metadata[external_id]": "abc"},
        body={"name": "Padlock"},
    )
    query = {"page": "2", "metadata[external_id]": "abc"}
    assert stora.calls == [Call("POST", "/products", query, {"name": "Padlock"})]
    assert outcome.body == {"status": 201, "body": {"product": {"id": "prod_1"}}}
