"""Who is at a browser: signed in, about to come back, asking too often; who changed what."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from connector.store.tables.basis import metadata, must

# A browser that is signed in for one connection.
sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", Text, primary_key=True),
    must("connection_id"),
    must("created_at", BigInteger),
    must("expires_at", BigInteger),
    Index("ix_sessions_expires_at", "expires_at"),
)

# One step that must come back: Stora's consent (`stora`) or a sign-in link (`login`).
# Single use, bound to the browser that began it.
pending_steps = Table(
    "pending_steps",
    metadata,
    Column("state_hash", Text, primary_key=True),
    must("kind"),
    Column("browser_hash", Text),
    must("payload_sealed"),
    must("expires_at", BigInteger),
    Column("spent_at", BigInteger),
    Index("ix_pending_steps_expires_at", "expires_at"),
)

# How often something was done in the window that ends at `ends_at`; see store/rates.py.
rates = Table(
    "rates",
    metadata,
    Column("key_hash", Text, primary_key=True),
    must("count", Integer),
    must("ends_at", BigInteger),
    Index("ix_rates_ends_at", "ends_at"),
)

# Who changed what, for the owner.
audit = Table(
    "audit",
    metadata,
    Column("id", Text, primary_key=True),
    Column("connection_id", Text),
    must("actor"),
    must("action"),
    must("subject"),
    must("at", BigInteger),
    Index("ix_audit_connection_id", "connection_id", "id"),
)
