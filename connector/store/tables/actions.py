"""What workflows do and look up in Stora, and what it answered."""

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from connector.store.tables.basis import metadata, must, partial_index

# First answers of POST requests that carried an Idempotency-Key, kept 24 h, as Stora does
# (Stora page: guides/requests).
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    must("connection_id"),
    must("key_hash"),
    must("fingerprint"),
    Column("status", Integer),
    Column("answer_sealed", Text),
    must("created_at", BigInteger),
    PrimaryKeyConstraint("connection_id", "key_hash"),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

# One run of an action, known for 24 h by the key that its builder repeats. `calls` are its writes
# at Stora, in order (see flows/runs.py); `lease` names the one request that may go on with it now,
# until `lease_until`. `entry_id` is its entry in the timeline.
action_runs = Table(
    "action_runs",
    metadata,
    must("connection_id"),
    must("key_hash"),
    must("fingerprint"),
    must("calls", server_default=text("'[]'")),
    Column("lease", Text),
    Column("lease_until", BigInteger),
    Column("answer_sealed", Text),
    Column("entry_id", Text),
    must("created_at", BigInteger),
    PrimaryKeyConstraint("connection_id", "key_hash"),
    Index("ix_action_runs_created_at", "created_at"),
)

# What Stora's timeline is to be told of an action. `status`: pending, written, failed, off (there
# is no source or template for it). While somebody writes it, `due` is when that one's time is up.
# `generation` counts the keys that were used up by failures (see flows/timeline.py).
timeline_entries = Table(
    "timeline_entries",
    metadata,
    must("connection_id"),
    must("id"),
    must("status"),
    must("body"),
    Column("event_id", Text),
    Column("problem", Text),
    Column("due", BigInteger),
    must("attempts", Integer, server_default=text("0")),
    must("generation", Integer, server_default=text("0")),
    must("created_at", BigInteger),
    PrimaryKeyConstraint("connection_id", "id"),
    partial_index("ix_timeline_entries_due", "due", where="status = 'pending'"),
)

# The choices of a picklist as Stora had them at `fetched_at`, when fetching began; what was fetched
# before `changed_at` no longer counts. Until `fetching_until` somebody fetches them.
picklists = Table(
    "picklists",
    metadata,
    must("connection_id"),
    must("name"),
    must("items", server_default=text("'[]'")),
    must("fetched_at", BigInteger, server_default=text("0")),
    must("changed_at", BigInteger, server_default=text("0")),
    must("fetching_until", BigInteger, server_default=text("0")),
    PrimaryKeyConstraint("connection_id", "name"),
)
