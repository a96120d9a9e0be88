"""The lines of an order, one step deeper."""

import pytest

from connector.catalogue.schemas.base import pounds

from .laws import weakened
from .shop import to


def test_lines_are_added_changed_and_removed(shop):
    """And the order costs what they cost."""
    order = shop.ready_order()
    path = f"/orders/{order['id']}"
    level = shop.one("protection_level")

    response = shop.call("POST", f"{path}/line_items", {"type": "protection", "item": to(level)})
    assert response.status_code == 201
    line = response.json["line_item"]
    assert line == shop.get("order_line_item", line["id"])
    assert shop.done("GET", path)["total"] == pounds(3700)

    change = {"quantity": 2, "price": {"amount": 1000}}
    changed = shop.done("PATCH", f"{path}/line_items/{line['id']}", change)
    assert (changed["quantity"], changed["total"]) == (2, pounds(2000))
    assert shop.done("GET", path)["total"] == pounds(4800)

    gone = shop.done("DELETE", f"{path}/line_items/{line['id']}")
    assert gone == {"message": "Line item deleted successfully."}
    assert shop.done("GET", path)["line_items"] == order["line_items"]
    assert shop.done("GET", path)["total"] == pounds(2800)
    assert shop.get("order_line_item", line["id"]) is None


def test_a_line_belongs_to_its_order(shop, stranger):
    """Under another order, and next door, it is unknown."""
    one, other = shop.ready_order(), shop.ready_order()
    line = one["line_items"][0]["id"]
    for some, id in ((shop, other["id"]), (stranger, one["id"])):
        path = f"/orders/{id}/line_items"
        some.refused("PATCH", f"{path}/{line}", {"quantity": 2}, 404)
        some.refused("DELETE", f"{path}/{line}", None, 404)
    stranger.refused("GET", f"/orders/{one['id']}/line_items", None, 404)
    stranger.refused("POST", f"/orders/{one['id']}/line_items", {}, 404)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_lines_need_the_scope_of_orders(shop, sandbox, method):
    """Read to see them, write to change them."""
    needed = f"public.order:{'read' if method == 'GET' else 'write'}"
    token = weakened(sandbox, needed)
    order = shop.one("order")
    path = f"/orders/{order['id']}/line_items"
    if method in ("PATCH", "DELETE"):
        path += f"/{order['line_items'][0]['id']}"
    response = shop.call(method, path, {}, Authorization=f"Bearer {token}")
    assert response.status_code == 403
    assert needed in response.json["error"]["message"]


def test_lines_are_paged(shop):
    """As other lists."""
    order = shop.one("order", status="completed")
    assert len(order["line_items"]) == 3
    path = f"/orders/{order['id']}/line_items?limit=2"
    answer = shop.call("GET", f"{path}&page=2&expand=item").json
    assert answer["meta"]["pagination"]["count"] == 3
    assert [line["id"] for line in answer["line_items"]] == [order["line_items"][2]["id"]]
    assert answer["line_items"][0]["item"]["name"] == "Locker"
