"""Which connection a Stora account belongs to, when its operator connects again.

Stora gives no operator id. What Unitwire has of an account are the webhook endpoints that it made
there, and the sites that every account has. Stora lists both to whoever holds a token of it.

Each endpoint carries `metadata.connection_id`, our stamp.

The stamp alone proves nothing. An operator can write any metadata into their own account, so a
stranger who stamps a victim's connection id on an endpoint of their own would be handed the
victim's connection, with its builders' tokens and endpoints. What they cannot do is choose the id
of an endpoint: Stora makes it, unique in all of Stora. So an account is recognised only by an
endpoint whose *id* we noted when Stora gave it to us for that very connection, whose stamp says the
same connection, and whose URL still is the hook we made it for. A copied stamp names a connection
under which that id was never noted, and the account gets a connection of its own.

The ids of sites are Stora's as well. Each is noted for the first connection that Stora lists it to,
and for no other. An account without such endpoints is recognised by sites that are all noted for
one connection, apart from those that are new; where two connections have some, by none.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, text, update

from connector.errors import Conflict, Forbidden
from connector.flows.call import limits_of
from connector.flows.parts import Parts
from connector.stora import budget
from connector.store.tables import sites, upstream_endpoints
from connector.world import now_ms, sleep

PAGE = 100  # the most that Stora lists at once (Stora page: guides/responses)
PAGES = 20
MAX_CURIES = 20
ANOTHER = (
    "This is not known to be the Stora account that you renew, so nothing was changed. Take care "
    "to choose the same account. Another one becomes a connection of its own: sign out here first, "
    "then connect it."
)


@dataclass(frozen=True)
class Account:
    """A Stora account as its token shows it.

    `connection_id` is the connection that its webhook endpoints were made for, `sites` are ids,
    `budget` the calls this took of its rate.
    """

    connection_id: str | None
    sites: list[str]
    curies: list[dict[str, Any]]
    budget: str


def recognise(parts: Parts, access_token: str) -> Account:
    """Return what is known of the account behind a token that no connection has yet.

    One call of Stora for each 100 webhook endpoints, 20 at most, and one for the newest 100 sites,
    at the pace that Stora allows. What a token may not list recognises nothing. Raises what
    `StoraClient.call` raises.
    """
    spent = budget.EMPTY

    def listed(path: str, page: int) -> Mapping[str, Any]:
        nonlocal spent
        while True:
            spent, wait_ms = budget.take(spent, now_ms(), "action", limits_of(parts))
            if not wait_ms:
                break
            sleep(wait_ms / 1000)
        try:
            params = {"page": page, "limit": PAGE}
            return parts.stora.call(access_token, "GET", path, params=params).body
        except Forbidden:
            return {}

    endpoints: list[Mapping[str, Any]] = []
    curies: list[dict[str, Any]] = []
    page: object = 1
    while isinstance(page, int) and page <= PAGES:
        body = listed("/webhook_endpoints", page)
        meta = _object(body.get("meta"))
        curies = curies or _curies(meta.get("curies"))
        endpoints += [_object(endpoint) for endpoint in _list(body.get("endpoints"))]
        page = page + 1 if _object(meta.get("pagination")).get("next") else None
    own = {
        str(id)
        for site in _list(listed("/sites", 1).get("sites"))
        if (id := _object(site).get("id"))
    }
    return Account(_connection_of(parts, endpoints), sorted(own), curies, spent)


def settle(c: Connection, account: Account, new: str, renewed: str | None, *, trusted: bool) -> str:
    """Return the connection that an account has, else `new`; its sites are noted for it, in `c`.

    Where the connection `renewed` is to be renewed, it is that one or Conflict is raised. It has to
    be recognised; for who is `trusted` it is enough that nothing contradicts.
    """
    if account.sites:  # in order, so that two at once never wait for each other
        c.execute(
            text("INSERT INTO sites (id, connection_id) VALUES (:id, :new) ON CONFLICT DO NOTHING"),
            [{"id": id, "new": new} for id in account.sites],
        )
    noted = select(sites.c.connection_id).where(sites.c.id.in_(account.sites)).distinct()
    others = set(c.scalars(noted)) - {new}
    found = account.connection_id or (others.pop() if len(others) == 1 else None)
    if renewed is not None and found != renewed:
        known = c.execute(select(sites.c.id).where(sites.c.connection_id == renewed)).first()
        if found is not None or not trusted or (account.sites and known is not None):
            raise Conflict(ANOTHER)
        found = renewed
    if found is not None:
        c.execute(update(sites).where(sites.c.connection_id == new).values(connection_id=found))
    return found or new


def _connection_of(parts: Parts, endpoints: list[Mapping[str, Any]]) -> str | None:
    """Return the connection that most of these endpoints were made for."""
    listed = {str(endpoint.get("id")): endpoint for endpoint in endpoints}
    with parts.store.read() as c:
        rows = c.execute(
            select(upstream_endpoints).where(upstream_endpoints.c.id.in_(list(listed)))
        ).all()
    ours = Counter(
        row.connection_id
        for row in rows
        if _object(listed[row.id].get("metadata")).get("connection_id") == row.connection_id
        and str(listed[row.id].get("url")).endswith(f"/hooks/stora/{row.endpoint_id}")
    )
    return ours.most_common(1)[0][0] if ours else None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _curies(value: object) -> list[dict[str, Any]]:
    """Return the link prefixes as Stora gives them (Stora page: guides/responses)."""
    return [
        curie
        for curie in _list(value)[:MAX_CURIES]
        if isinstance(_object(curie).get("name"), str)
        and isinstance(_object(curie).get("href"), str)
    ]
