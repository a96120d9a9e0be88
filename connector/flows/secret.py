"""The signing secret of a webhook endpoint gives way to a new one, without a gap.

For a day both sign, so that the receiver can be given the new one at any moment in between; then
the old one is of no use. Only the newest two ever sign.
"""

from dataclasses import replace

from sqlalchemy import update

from connector import world
from connector.flows import audit
from connector.flows.endpoints import Endpoint, find, named
from connector.flows.parts import Parts
from connector.store.tables import webhook_endpoints as table

OVERLAP_MS = 24 * 3_600_000


def rotate_secret(
    parts: Parts, connection_id: str, endpoint_id: str, *, actor: str
) -> tuple[Endpoint, str]:
    """Return the endpoint and its new secret, which is told only here; raises NotFound."""
    secret, now = world.new_signing_secret(), world.now_ms()
    with parts.store.begin() as c:
        old = find(c, connection_id, endpoint_id)
        new = replace(old, secret_sealed=parts.vault.seal(secret), updated_at=now)
        c.execute(
            update(table)
            .where(*named(connection_id, endpoint_id))
            .values(
                secret_sealed=new.secret_sealed,
                previous_secret_sealed=old.secret_sealed,
                previous_secret_until=now + OVERLAP_MS,
                updated_at=now,
            )
        )
        audit.record(
            c,
            actor=actor,
            action="webhook_endpoint.secret_rotated",
            subject=endpoint_id,
            connection_id=connection_id,
        )
    return new, secret
