"""The sandbox in the place of Stora, for whoever has no account there yet.

An installation has one Stora: where its settings say. A sandbox is one on this machine, for Stora
itself never is; so no other address is ever asked. It gives its operators' credentials to anybody
on the machine; they are used here and shown to nobody.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from connector.errors import StoraUnavailable
from connector.flows.audit import BROWSER
from connector.flows.connect import connect_access_token
from connector.flows.parts import Parts
from connector.settings import Settings, is_loopback
from connector.store.tables import connections

ANSWER_S = 2.0


@dataclass(frozen=True)
class Operator:
    """A business that the sandbox made up."""

    id: str
    name: str
    token: str = field(repr=False)


def is_sandbox(settings: Settings) -> bool:
    """Whether this installation's Stora is a sandbox."""
    return is_loopback(urlsplit(settings.stora_api_url).hostname or "")


def operators(parts: Parts) -> tuple[Operator, ...]:
    """Return the sandbox's operators; none where there is no sandbox, or it does not answer."""
    found = _ask(parts, "operators").get("operators")
    return tuple(
        Operator(each["id"], each["name"], each["token"])
        for each in (found if isinstance(found, list) else ())
        if isinstance(each, dict) and {"id", "name", "token"} <= each.keys()
    )


def happening(parts: Parts, connection_id: str, event_type: str) -> dict[str, Any] | None:
    """Return the data of an event of `event_type` about something that the sandbox's operator has.

    None where there is no sandbox, it does not answer, or knows no such operator or event type.
    """
    with parts.store.read() as c:
        name = c.scalar(select(connections.c.operator).where(connections.c.id == connection_id))
    data = _ask(parts, "sample", event_type=event_type, operator=str(name)).get("data")
    return data if isinstance(data, dict) else None


def _ask(parts: Parts, dial: str, **params: str) -> dict[str, Any]:
    """Return what the sandbox answers; {} where there is none, or it does not answer."""
    if not is_sandbox(parts.settings):
        return {}
    url = f"{parts.settings.stora_api_url.rstrip('/')}/_sandbox/{dial}"
    try:
        return dict(parts.stora.wire.exchange("GET", url, params=params, deadline_s=ANSWER_S).body)
    except StoraUnavailable:
        return {}


def connect_sandbox(parts: Parts, operator_id: str, *, renewed: str | None = None) -> str:
    """Link one of the sandbox's operators, for a browser; return the connection's id.

    Raises StoraUnavailable where no sandbox answers, or none that has this operator; and what
    flows.connect raises.
    """
    for operator in operators(parts):
        if operator.id == operator_id:
            return connect_access_token(parts, operator.token, actor=BROWSER, renewed=renewed)
    raise StoraUnavailable("The sandbox does not answer. Start it: `unitwire sandbox`.")
