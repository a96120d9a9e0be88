"""The tables, as SQLAlchemy Core describes them.

Times are whole milliseconds since the epoch, UTC. Secrets are either encrypted (columns that end
in `_sealed`, see secrets.py) or, where they only have to be recognised, SHA-256 hashes (`_hash`).
Keys begin with the connection wherever rows belong to one, so that a PostgreSQL-compatible
distributed engine can shard by it.

    accounts     connections ─┬─ budgets, sites
    grants                    ├─ token_families ─ tokens, authorization_codes (of clients)
    people                    ├─ sessions, pending_steps, rates, audit
    endpoints                 ├─ webhook_endpoints ── upstream_endpoints (the mirror in Stora)
    deliveries                ├─ events ── deliveries ── attempts
    actions                   └─ action_runs ── timeline_entries
"""

from connector.store.tables.accounts import budgets, connections, sites
from connector.store.tables.actions import (
    action_runs,
    idempotency_keys,
    picklists,
    timeline_entries,
)
from connector.store.tables.basis import metadata
from connector.store.tables.deliveries import attempts, deliveries, events, replays, tallies
from connector.store.tables.endpoints import refusals, upstream_endpoints, webhook_endpoints
from connector.store.tables.grants import authorization_codes, clients, token_families, tokens
from connector.store.tables.people import audit, pending_steps, rates, sessions

__all__ = [
    "action_runs",
    "attempts",
    "audit",
    "authorization_codes",
    "budgets",
    "clients",
    "connections",
    "deliveries",
    "events",
    "idempotency_keys",
    "metadata",
    "pending_steps",
    "picklists",
    "rates",
    "refusals",
    "replays",
    "sessions",
    "sites",
    "tallies",
    "timeline_entries",
    "token_families",
    "tokens",
    "upstream_endpoints",
    "webhook_endpoints",
]
