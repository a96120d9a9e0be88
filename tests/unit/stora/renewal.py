"""What tests of renewing begin with: a token that is over, and a look at what is held."""

import json
from typing import Any

from account import Stora, the
from sqlalchemy import update

from connector.flows.parts import Parts
from connector.store.tables import connections
from connector.world import now_ms

TOKEN = "/oauth2/token"


def set_row(parts: Parts, connection_id: str, **values: Any) -> None:
    """Change the connection's row."""
    with parts.store.begin() as c:
        c.execute(update(connections).where(connections.c.id == connection_id).values(**values))


def expire(parts: Parts, connection_id: str) -> None:
    """Let the access token be over."""
    set_row(parts, connection_id, expires_at=now_ms() - 1)


def secrets(parts: Parts, connection_id: str) -> dict[str, str]:
    """Return what the connection holds."""
    kept: dict[str, str] = json.loads(
        parts.vault.open(the(parts, connection_id).credentials_sealed)
    )
    return kept


def works(stora: Stora, token: str) -> bool:
    """Say whether Stora takes an access token."""
    return stora.sandbox.access.find(token) is not None
