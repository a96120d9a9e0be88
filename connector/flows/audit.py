"""Who changed what, for the owner: one row for each change that a person may ask about later."""

from sqlalchemy import Connection, insert

from connector.store.tables import audit
from connector.world import new_ordered_id, now_ms

COMMAND_LINE = "command line"  # whoever may run `unitwire` on the machine
BROWSER = "browser"  # whoever is signed in for the connection


def record(
    transaction: Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    connection_id: str | None = None,
) -> None:
    """Write one row, in the transaction that makes the change: neither is without the other.

    `action` is what happened, such as `client.added`; `subject` names the thing it happened to.
    Neither ever holds a secret.
    """
    transaction.execute(
        insert(audit).values(
            id=new_ordered_id("aud"),
            connection_id=connection_id,
            actor=actor,
            action=action,
            subject=subject,
            at=now_ms(),
        )
    )
