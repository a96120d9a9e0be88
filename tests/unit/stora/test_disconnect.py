"""A connection ends on both sides, as far as Stora lets us, and nothing of it works any more."""

import json
from typing import Any

import pytest
from account import HILLTOP, Stora, connect, make_endpoint, the
from sqlalchemy import insert, update
from stage import listen, rows

from connector import errors
from connector.flows import disconnect as flow
from connector.flows.call import call_stora
from connector.flows.connect import connect_access_token, connect_client_credentials
from connector.flows.disconnect import disconnect
from connector.flows.parts import Parts
from connector.store.tables import (
    audit,
    connections,
    token_families,
    upstream_endpoints,
    webhook_endpoints,
)

ON_THE_WIRE = "/2025-09/webhook_endpoints"


def subscribe(parts: Parts, connection_id: str, endpoint_id: str = "we_1") -> str:
    """Make a webhook endpoint with its mirror in Stora; return Stora's id."""
    listen(parts, endpoint_id, connection_id=connection_id)
    made = make_endpoint(parts, connection_id)
    with parts.store.begin() as c:
        c.execute(
            update(upstream_endpoints)
            .where(upstream_endpoints.c.endpoint_id == endpoint_id)
            .values(id=made)
        )
    return made


def give_token(parts: Parts, connection_id: str, family: str) -> None:
    """Let a builder have a family of tokens."""
    values = {"id": family, "connection_id": connection_id, "scopes": "", "created_at": 0}
    with parts.store.begin() as c:
        c.execute(insert(token_families).values(values))


def in_stora(stora: Stora) -> list[Any]:
    """Return the ids of all webhook endpoints in Stora."""
    state = stora.sandbox.state
    return [
        found["id"]
        for operator in ("harbour", "hilltop")
        for found in state.all(operator, "webhook_endpoint")
    ]


def test_disconnecting_ends_everything_on_both_sides(parts: Parts, stora: Stora) -> None:
    """Endpoints in Stora, connection, builders' tokens and Stora's end; nobody else's do."""
    connection_id, other = connect(parts, stora), connect(parts, stora, HILLTOP)
    for number in range(2):
        subscribe(parts, connection_id, f"we_{number}")
    kept = subscribe(parts, other, "we_other")
    give_token(parts, connection_id, "fam_1")
    give_token(parts, other, "fam_other")
    tokens = json.loads(parts.vault.open(the(parts, connection_id).credentials_sealed))
    assert disconnect(parts, connection_id) == []
    assert in_stora(stora) == [kept]
    row = the(parts, connection_id)
    assert (row.status, parts.vault.open(row.credentials_sealed)) == ("revoked", "{}")
    assert stora.sandbox.access.find(tokens["access_token"]) is None
    assert stora.sandbox.access.find_refresh(tokens["refresh_token"]) is None
    families = {row.id: row.revoked_reason for row in rows(parts, token_families)}
    assert families == {"fam_1": "disconnected", "fam_other": None}
    ended = {row.id: row.deleted_reason for row in rows(parts, webhook_endpoints)}
    assert ended == {"we_0": "disconnected", "we_1": "disconnected", "we_other": None}
    assert [row.id for row in rows(parts, upstream_endpoints)] == [kept]
    assert rows(parts, audit)[-1].action == "connection.disconnected"
    with pytest.raises(errors.NeedsReauth):
        call_stora(parts, connection_id, "GET", "/webhook_endpoints")
    assert call_stora(parts, other, "GET", "/webhook_endpoints").status == 200


def test_disconnecting_twice_is_no_fault(parts: Parts, stora: Stora) -> None:
    """The second time nothing is left to do, and nothing is written."""
    connection_id = connect(parts, stora)
    disconnect(parts, connection_id)
    noted = len(rows(parts, audit))
    assert disconnect(parts, connection_id) == []
    assert len(rows(parts, audit)) == noted


def test_an_unknown_connection_is_unknown(parts: Parts) -> None:
    """There is nothing to end."""
    with pytest.raises(errors.NotFound):
        disconnect(parts, "conn_unknown")


@pytest.mark.parametrize("path", [ON_THE_WIRE, "/oauth2/revoke"])
def test_trouble_at_stora_does_not_keep_a_connection_alive(
    parts: Parts, stora: Stora, path: str
) -> None:
    """Whatever Stora answers, the connection is over here; what is left there is told."""
    connection_id = connect(parts, stora)
    made = subscribe(parts, connection_id)
    stora.fail(kind="500", path=path, times=100)
    assert disconnect(parts, connection_id) == ([made] if path == ON_THE_WIRE else [])
    assert the(parts, connection_id).status == "revoked"


def test_a_connection_that_needs_a_person_can_be_ended(parts: Parts, stora: Stora) -> None:
    """Where Stora no longer lets us in, the connection still ends."""
    connection_id = connect(parts, stora)
    made = subscribe(parts, connection_id)
    stora.end_tokens("revoke")
    assert disconnect(parts, connection_id) == [made]
    assert the(parts, connection_id).status == "revoked"


def test_the_clean_up_has_an_end(
    parts: Parts, stora: Stora, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many endpoints there are, nobody waits longer than the clean-up may take."""
    connection_id = connect(parts, stora)
    made = subscribe(parts, connection_id)
    monkeypatch.setattr(flow, "CLEAN_UP_S", 0.0)
    assert disconnect(parts, connection_id) == [made]
    assert the(parts, connection_id).status == "revoked"


def test_an_operator_whose_endpoint_was_left_gets_the_connection_back(
    parts: Parts, stora: Stora
) -> None:
    """Connecting again after a clean-up that failed revives the connection, but no old token."""
    connection_id = connect(parts, stora)
    subscribe(parts, connection_id)
    give_token(parts, connection_id, "fam_1")
    stora.fail(kind="500", path=ON_THE_WIRE, method="DELETE", times=100)
    disconnect(parts, connection_id)
    assert connect(parts, stora) == connection_id
    assert the(parts, connection_id).status == "active"
    assert rows(parts, token_families)[0].revoked_at is not None


def test_an_own_application_revokes_its_own_token(parts: Parts, stora: Stora) -> None:
    """Client credentials revoke with themselves, not with the partner's application."""
    connection_id = connect_client_credentials(parts, "harbour-id", "harbour-secret")
    token = json.loads(parts.vault.open(the(parts, connection_id).credentials_sealed))
    disconnect(parts, connection_id)
    assert stora.sandbox.access.find(token["access_token"]) is None


def test_a_token_made_by_hand_is_only_forgotten(parts: Parts, stora: Stora) -> None:
    """No application may revoke it, so it is not sent anywhere; the operator removes it."""
    connection_id = connect_access_token(parts, "harbour-token")
    disconnect(parts, connection_id)
    assert stora.calls("POST", "/oauth2/revoke") == 0
    assert [row.status for row in rows(parts, connections)] == ["revoked"]
