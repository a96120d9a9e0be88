"""What the answers of a workflow do to its webhook endpoint.

410 ends it, here and in Stora. 404 is what some builders answer while they restart or while a
workflow is switched off, so only hours of nothing but 404 disable it.
"""

from connector.flows.deliver import NOT_FOUND_MS
from connector.flows.parts import Parts
from connector.flows.unsubscribe import disable, unsubscribe
from connector.store.ledger import Due
from connector.store.tables import webhook_endpoints


def apply(parts: Parts, due: Due, change: str, now: int) -> None:
    """Do to the endpoint of `due` what deliver.judge said: end, disable, not_found or found.

    Or what flows.rooms found out: failing, and later well. Calls Stora, so it runs beside the
    dispatcher's loop; each change may be applied twice.
    """
    if change == "end":
        unsubscribe(parts, due.connection_id, due.endpoint_id, reason="410 Gone")
    elif change == "disable":
        hours = NOT_FOUND_MS // 3_600_000
        disable(
            parts,
            due.connection_id,
            due.endpoint_id,
            reason=f"The workflow answered 404 Not Found for {hours} hours.",
        )
    else:
        column = "not_found_since" if change in ("not_found", "found") else "failing_since"
        with parts.store.begin() as connection:
            connection.execute(
                webhook_endpoints.update()
                .where(
                    webhook_endpoints.c.connection_id == due.connection_id,
                    webhook_endpoints.c.id == due.endpoint_id,
                )
                .values({column: now if change in ("not_found", "failing") else None})
            )
