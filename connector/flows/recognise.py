"""Which connection a Stora account belongs to, when its operator connects again.

Stora gives no operator id. What Unitwire has of an account are the webhook endpoints that it made
there: each carries `metadata.connection_id`, our stamp, and Stora lists them to whoever holds a
token of that account.

The stamp alone proves nothing. An operator can write any metadata into their own account, so a
stranger who stamps a victim's connection id on an endpoint of their own would be handed the
victim's connection, with its builders' tokens and endpoints. What they cannot do is choose the id
of an endpoint: Stora makes it, unique in all of Stora. So an account is recognised only by an
endpoint whose *id* we noted when Stora gave it to us for that very connection, whose stamp says the
same connection, and whose URL still is the hook we made it for. A copied stamp names a connection
under which that id was never noted, and the account gets a connection of its own.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from connector.errors import Forbidden
from connector.flows.call import limits_of
from connector.flows.parts import Parts
from connector.stora import budget
from connector.store.tables import upstream_endpoints
from connector.world import now_ms, sleep

PAGE = 100  # the most that Stora lists at once (Stora page: guides/responses)
PAGES = 20
MAX_CURIES = 20


@dataclass(frozen=True)
class Account:
    """A Stora account as its token shows it.

    `connection_id` is the connection it already has, `budget` the calls this took of its rate.
    """

    connection_id: str | None
    curies: list[dict[str, Any]]
    budget: str


def recognise(parts: Parts, access_token: str) -> Account:
    """Return what is known of the account behind a token that no connection has yet.

    One call of Stora for each 100 webhook endpoints, 20 at most, at the pace that Stora allows. A
    token that may not list them recognises nothing. Raises what `StoraClient.call` raises.
    """
    endpoints: list[Mapping[str, Any]] = []
    curies: list[dict[str, Any]] = []
    spent = budget.EMPTY
    page: object = 1
    while isinstance(page, int) and page <= PAGES:
        spent, wait_ms = budget.take(spent, now_ms(), "action", limits_of(parts))
        if wait_ms:
            sleep(wait_ms / 1000)
            continue
        try:
            body = parts.stora.call(
                access_token, "GET", "/webhook_endpoints", params={"page": page, "limit": PAGE}
            ).body
        except Forbidden:
            break
        meta = _object(body.get("meta"))
        curies = curies or _curies(meta.get("curies"))
        endpoints += [_object(endpoint) for endpoint in _list(body.get("endpoints"))]
        page = page + 1 if _object(meta.get("pagination")).get("next") else None
    return Account(_connection_of(parts, endpoints), curies, spent)


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
