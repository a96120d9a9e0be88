"""Who is there when the sandbox opens: two operators and one partner application.

Each operator is a self-storage business with its own access token and its own client-credentials
application; the partner application is the third party's, which any operator may authorise
(Stora page: guides/authentication). What is not given is made up by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connector.sandbox.access import Access
from connector.sandbox.scopes import SCOPES
from connector.sandbox.state import HOUSE
from connector.world import new_id, new_token, now_ms


@dataclass(frozen=True)
class Operator:
    """A self-storage business; `id` is the sandbox's own handle and the shop's host name."""

    id: str
    name: str
    token: str = field(default_factory=new_token)
    client_id: str = field(default_factory=new_token)
    client_secret: str = field(default_factory=new_token)


@dataclass(frozen=True)
class Partner:
    """The application of a third party, as Stora would set it up."""

    client_id: str = field(default_factory=new_token)
    client_secret: str = field(default_factory=new_token)
    redirect_uris: Sequence[str] = ()
    name: str = "Unitwire"
    scopes: Sequence[str] = SCOPES


def two_operators() -> tuple[Operator, Operator]:
    """Return the usual two businesses, each a stranger to the other."""
    return Operator("harbour", "Harbour Self Storage"), Operator("hilltop", "Hilltop Storage")


def plant(access: Access, operators: Sequence[Operator], partner: Partner) -> None:
    """Write the seeds into an empty state; one that has operators keeps what it has."""
    state = access.state
    with state.transaction():
        if state.all(HOUSE, "operator"):
            return
        access.keep_application(
            {
                "id": new_id("app"),
                "uid": partner.client_id,
                "secret": partner.client_secret,
                "name": partner.name,
                "operator": HOUSE,
                "redirect_uris": list(partner.redirect_uris),
                "scopes": list(partner.scopes),
            }
        )
        for operator in operators:
            _plant_operator(access, operator)


def _plant_operator(access: Access, operator: Operator) -> None:
    access.state.put(HOUSE, "operator", operator.id, {"id": operator.id, "name": operator.name})
    access.keep_application(
        {
            "id": new_id("app"),
            "uid": operator.client_id,
            "secret": operator.client_secret,
            "name": f"{operator.name}: own server",
            "operator": operator.id,
            "redirect_uris": [],
            "scopes": list(SCOPES),
        }
    )
    access.keep_token(
        {
            "token": operator.token,
            "creator": new_id("tok"),
            "operator": operator.id,
            "scopes": list(SCOPES),
            "created_at": now_ms() // 1000,
        }
    )
