"""How much one connection may have at the same time: every such limit, in one place.

`demand` is asked in the transaction that adds one more, and holds the connection's row meanwhile,
so that a limit is exact however many ask at once. Whoever is refused is told which limit it is and
what to do.

Not limited are events and deliveries: a webhook that Stora signed is kept, and retention bounds
them; nor runs of actions, which Stora's own budget of calls bounds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Select, exists, func, or_, select

from connector import world
from connector.errors import QuotaReached
from connector.store.tables import (
    connections,
    idempotency_keys,
    replays,
    token_families,
    tokens,
    webhook_endpoints,
)


@dataclass(frozen=True)
class Quota:
    """At most `most` of something; `rows` selects those that count, of all connections, at a time.

    `advice` says what to do about it.
    """

    what: str
    most: int
    advice: str
    rows: Callable[[int], Select[tuple[str]]]


def _live_families(now: int) -> Select[tuple[str]]:
    alive = exists().where(
        tokens.c.family_id == token_families.c.id,
        tokens.c.spent_at.is_(None),
        or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now),
    )
    return select(token_families.c.connection_id).where(
        token_families.c.revoked_at.is_(None), alive
    )


ENDPOINTS: Final = Quota(
    "webhook endpoints",
    1_000,
    "Remove those of workflows that are no longer used.",
    lambda _now: select(webhook_endpoints.c.connection_id).where(
        webhook_endpoints.c.deleted_at.is_(None)
    ),
)
PERSONAL_TOKENS: Final = Quota(
    "personal tokens",
    100,
    "Revoke those that are no longer used.",
    lambda now: _live_families(now).where(token_families.c.client_id.is_(None)),
)
PERMISSIONS: Final = Quota(
    "permissions of workflow builders",
    500,
    "End those that are no longer used, on the Account page.",
    lambda now: _live_families(now).where(token_families.c.client_id.is_not(None)),
)
REPLAYS: Final = Quota(
    "replays in progress",
    20,
    "Wait until one has finished, or cancel one.",
    lambda _now: select(replays.c.connection_id).where(replays.c.status == "running"),
)
KEYS: Final = Quota(
    "Idempotency-Keys within 24 hours",
    10_000,
    "Wait, or send requests without a key.",
    lambda now: select(idempotency_keys.c.connection_id).where(
        idempotency_keys.c.created_at > now - 86_400_000
    ),
)
QUOTAS: Final = (ENDPOINTS, PERSONAL_TOKENS, PERMISSIONS, REPLAYS, KEYS)


def demand(c: Connection, quota: Quota, connection_id: str) -> None:
    """Raise QuotaReached unless the connection may have one more; its row is locked afterwards."""
    c.execute(select(connections.c.id).where(connections.c.id == connection_id).with_for_update())
    rows = quota.rows(world.now_ms())
    owner = rows.selected_columns.connection_id
    mine = rows.where(owner == connection_id).limit(quota.most).subquery()
    if c.execute(select(func.count()).select_from(mine)).scalar_one() >= quota.most:
        raise QuotaReached(
            f"This connection already has {quota.most:,} {quota.what}, which is the most it can "
            f"have. {quota.advice}"
        )
