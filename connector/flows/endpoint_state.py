"""What the answers of a workflow do to its webhook endpoint.

410 ends it, here and in Stora. 404 is what some builders answer while they restart or while a
workflow is switched off, so only hours of nothing but 404 disable it.
"""

from typing import Any

from sqlalchemy import func

from connector.flows.deliver import NOT_FOUND_MS
from connector.flows.parts import Parts
from connector.flows.unsubscribe import disable, unsubscribe
from connector.store.ledger import Due
from connector.store.tables import webhook_endpoints


def apply(parts: Parts, due: Due, change: str, now: int) -> None:
    """Do to the endpoint of `due` what deliver.judge said: end, disable, not_found or found.

    Or what flows.rooms found out: it is well again. Calls Stora, so it runs beside the dispatcher's
    loop; each change may be applied twice.
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
    elif change == "well":
        _note(parts, due, failing_since=None, probe_at=None)
    else:
        _note(parts, due, not_found_since=now if change == "not_found" else None)


def probe_at(parts: Parts, due: Due, now: int, at: int) -> None:
    """Note that only probes are sent to the endpoint of `due`, since `now`, the next at `at`."""
    since = func.coalesce(webhook_endpoints.c.failing_since, now)
    _note(parts, due, failing_since=since, probe_at=at)


def _note(parts: Parts, due: Due, **values: Any) -> None:
    with parts.store.begin() as connection:
        connection.execute(
            webhook_endpoints.update()
            .where(
                webhook_endpoints.c.connection_id == due.connection_id,
                webhook_endpoints.c.id == due.endpoint_id,
            )
            .values(values)
        )
