"""An operator who comes back gets the connection back, and nobody else ever does."""

import dataclasses
import json
from collections.abc import Callable

import pytest
import requests
from account import (
    HARBOUR,
    HILLTOP,
    ORIGIN,
    Stora,
    connect,
    make_endpoint,
    note_endpoint,
    the,
)
from sqlalchemy import delete, update
from stage import rows

from connector import errors
from connector.flows.call import call_stora
from connector.flows.connect import connect_access_token, connect_client_credentials
from connector.flows.disconnect import disconnect
from connector.flows.parts import Parts
from connector.flows.recognise import recognise
from connector.settings import Settings
from connector.store.tables import audit, budgets, connections, sites, upstream_endpoints


def test_a_returning_operator_gets_the_connection_back(parts: Parts, stora: Stora) -> None:
    """An account is known by the endpoint that Unitwire made in it; the connection works again."""
    first = connect(parts, stora)
    note_endpoint(parts, first, make_endpoint(parts, first))
    stora.end_tokens("revoke")
    with pytest.raises(errors.NeedsReauth):
        call_stora(parts, first, "GET", "/webhook_endpoints")
    assert the(parts, first).status == "needs_reauth"
    assert connect(parts, stora) == first
    row = the(parts, first)
    assert (row.status, row.status_reason, row.refresh_lease) == ("active", None, None)
    assert len(rows(parts, connections)) == 1
    assert len(rows(parts, upstream_endpoints)) == 1
    assert call_stora(parts, first, "GET", "/webhook_endpoints").status == 200
    assert [note.action for note in rows(parts, audit)] == [
        "connection.connected",
        "connection.reconnected",
    ]


def test_a_returning_operator_may_come_another_way(parts: Parts, stora: Stora) -> None:
    """Who connected as a partner's customer and comes with an own token keeps the connection."""
    first = connect(parts, stora)
    note_endpoint(parts, first, make_endpoint(parts, first))
    assert connect_access_token(parts, "harbour-token") == first
    assert the(parts, first).kind == "access_token"
    assert connect_client_credentials(parts, "harbour-id", "harbour-secret") == first


def test_a_copied_stamp_takes_over_nothing(parts: Parts, stora: Stora) -> None:
    """A stranger who stamps a victim's connection on an endpoint of their own gets an own one."""
    victim = connect(parts, stora, HARBOUR)
    note_endpoint(parts, victim, make_endpoint(parts, victim))
    before = the(parts, victim)
    body = {
        "name": "N",
        "api_version": "2025-09",
        "url": f"{ORIGIN}/hooks/stora/we_1".replace("http:", "https:"),
        "event_types": ["invoice.paid"],
        "metadata": {"connection_id": victim},
    }
    made = requests.post(
        f"{stora.url}/2025-09/webhook_endpoints",
        json=body,
        headers={"Authorization": "Bearer hilltop-token"},
        timeout=30,
    )
    assert made.status_code == 201
    attacker = connect(parts, stora, HILLTOP)
    assert attacker != victim
    assert the(parts, victim) == before
    assert the(parts, attacker).operator == "Hilltop Storage"


def test_a_stranger_with_endpoints_cannot_point_them_at_a_victim(
    parts: Parts, stora: Stora
) -> None:
    """Restamping an endpoint that Unitwire made for oneself gives one's own back at most."""
    victim = connect(parts, stora, HARBOUR)
    note_endpoint(parts, victim, make_endpoint(parts, victim))
    attacker = connect(parts, stora, HILLTOP)
    id = make_endpoint(parts, attacker)
    note_endpoint(parts, attacker, id)
    change = {"metadata": {"connection_id": victim}}
    call_stora(parts, attacker, "PATCH", f"/webhook_endpoints/{id}", json=change)
    assert recognise(parts, "hilltop-token").connection_id is None
    assert connect(parts, stora, HILLTOP) != victim


@pytest.mark.parametrize("how", ["stamp", "url", "unknown id"])
def test_every_part_of_the_proof_is_needed(parts: Parts, stora: Stora, how: str) -> None:
    """The noted id, our stamp and our hook's URL: without one of them nothing is recognised."""
    first = connect(parts, stora)
    id = make_endpoint(
        parts,
        first,
        stamp="conn_other" if how == "stamp" else None,
        url="https://example.com/hooks/stora/we_2" if how == "url" else None,
    )
    note_endpoint(parts, first, "we_0123456789abcdef" if how == "unknown id" else id)
    assert recognise(parts, "harbour-token").connection_id is None


def test_an_account_is_known_by_an_endpoint_on_a_later_page(parts: Parts, stora: Stora) -> None:
    """All of an operator's endpoints are looked at, not the newest hundred only."""
    first = connect(parts, stora)
    note_endpoint(parts, first, make_endpoint(parts, first))
    for number in range(100):
        make_endpoint(parts, first, url=f"https://example.com/{number}")
    assert recognise(parts, "harbour-token").connection_id == first


def test_two_operators_never_share_a_connection(parts: Parts, stora: Stora) -> None:
    """Each account has a connection of its own, and sees its own endpoints only (law 8)."""
    one, other = connect(parts, stora, HARBOUR), connect(parts, stora, HILLTOP)
    assert one != other
    make_endpoint(parts, one)
    assert call_stora(parts, other, "GET", "/webhook_endpoints").body["endpoints"] == []


def test_looking_at_an_account_counts_as_calls(parts: Parts, stora: Stora) -> None:
    """The calls of connecting are in the connection's budget, a new or a known one (law 13)."""
    connection_id = connect(parts, stora)
    note_endpoint(parts, connection_id, make_endpoint(parts, connection_id))
    assert connect(parts, stora) == connection_id
    (row,) = rows(parts, budgets)
    assert row.connection_id == connection_id
    assert len(json.loads(row.state)["calls"]) == 2


LISTEN = {"public.webhook_endpoint:read", "public.webhook_endpoint:write"}
WAYS: dict[str, Callable[[Parts, Stora, str], str]] = {
    "partner": connect,
    "client_credentials": lambda parts, _, who: connect_client_credentials(
        parts, f"{who}-id", f"{who}-secret"
    ),
    "access_token": lambda parts, _, who: connect_access_token(parts, f"{who}-token"),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_account_without_endpoints_is_known_by_its_sites(
    parts: Parts, stora: Stora, way: str
) -> None:
    """Whoever comes back gets the connection back; another account has other sites."""
    come = WAYS[way]
    first = come(parts, stora, HARBOUR)
    assert come(parts, stora, HILLTOP) != first
    assert come(parts, stora, HARBOUR) == first
    assert len(rows(parts, connections)) == 2


def test_an_account_with_sites_of_two_connections_is_neither(parts: Parts, stora: Stora) -> None:
    """What is noted for others is not taken over, so nobody's connection can be claimed."""
    one, other = connect(parts, stora, HARBOUR), connect(parts, stora, HILLTOP)
    mine = [row.id for row in rows(parts, sites) if row.connection_id == one]
    with parts.store.begin() as c:
        c.execute(update(sites).where(sites.c.id == mine[0]).values(connection_id=other))
    assert connect(parts, stora, HARBOUR) not in (one, other)
    noted = {row.id: row.connection_id for row in rows(parts, sites)}
    assert (noted[mine[0]], noted[mine[1]]) == (other, one)


def test_a_new_site_is_noted_for_the_account_that_has_it(parts: Parts, stora: Stora) -> None:
    """A later visit adds what was not there, so that the account stays known by it."""
    first = connect(parts, stora)
    noted = rows(parts, sites)
    with parts.store.begin() as c:
        c.execute(delete(sites).where(sites.c.id == noted[0].id))
    assert connect(parts, stora) == first
    assert set(rows(parts, sites)) == set(noted)


def test_where_sites_cannot_be_read_nothing_is_noted(parts: Parts) -> None:
    """Then endpoints alone tell, and without any a new connection begins."""
    fewer = dataclasses.replace(parts.settings, stora_scopes=tuple(sorted(LISTEN)))
    here = dataclasses.replace(parts, settings=fewer)
    first = connect_client_credentials(here, "harbour-id", "harbour-secret")
    assert rows(parts, sites) == []
    assert connect_client_credentials(here, "harbour-id", "harbour-secret") != first


def test_a_disconnected_account_begins_anew(parts: Parts, stora: Stora) -> None:
    """Its sites are forgotten with its tokens."""
    first = connect(parts, stora)
    disconnect(parts, first)
    assert rows(parts, sites) == []
    assert connect(parts, stora) != first


@pytest.mark.parametrize("own", [True, False])
def test_what_is_renewed_is_the_same_account(
    parts: Parts, stora: Stora, make_settings: Callable[..., Settings], own: bool
) -> None:
    """On an own installation if nothing contradicts; with several operators, if it is known."""
    here = dataclasses.replace(parts, settings=make_settings(stora_api_url=stora.url))
    here = here if own else parts
    first = connect_access_token(here, "harbour-token")
    before = rows(parts, connections)
    with pytest.raises(errors.Conflict):
        connect_access_token(here, "hilltop-token", renewed=first)
    assert rows(parts, connections) == before
    assert connect_access_token(here, "harbour-token", renewed=first) == first
    with parts.store.begin() as c:
        c.execute(delete(sites))  # as if they could not be read when it was connected
    if own:
        assert connect_access_token(here, "harbour-token", renewed=first) == first
        assert {row.connection_id for row in rows(parts, sites)} == {first}
    else:
        with pytest.raises(errors.Conflict):
            connect_access_token(here, "harbour-token", renewed=first)
        assert rows(parts, sites) == []
