"""Workflows that listen, their mirror in Stora, and what was refused at their door."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from connector.store.tables.basis import metadata, must, partial_index

# One workflow that listens. `upstream`: pending (not yet made in Stora), ready, gone.
# `upstream_key` is the Idempotency-Key under which it is made in Stora, `upstream_key_at` its age.
# `turn_lease` names the one request that may change it in Stora now, until `turn_until`.
# `previous_secret_sealed` also signs until `previous_secret_until` (rotation).
# `not_found_since`: since when the target answers 404 to everything. `failing_since`: since when
# it fails so often that only probes are sent; `probe_at`: when the next one is made.
# `paused_at`: since when events are kept and wait; `filter`: which events are sent on, as JSON.
webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    must("connection_id"),
    must("id"),
    must("source"),
    must("external_id"),
    must("name"),
    must("api_version"),
    Column("description", Text),
    must("url"),
    must("event_types"),
    must("metadata"),
    must("status"),
    Column("disabled_at", BigInteger),
    Column("disabled_reason", Text),
    must("secret_sealed"),
    Column("previous_secret_sealed", Text),
    Column("previous_secret_until", BigInteger),
    must("creator"),
    must("upstream"),
    must("upstream_key"),
    must("upstream_key_at", BigInteger),
    Column("turn_lease", Text),
    Column("turn_until", BigInteger),
    Column("not_found_since", BigInteger),
    Column("failing_since", BigInteger),
    Column("probe_at", BigInteger),
    Column("paused_at", BigInteger),
    Column("filter", Text),
    must("created_at", BigInteger),
    must("updated_at", BigInteger),
    Column("deleted_at", BigInteger),
    Column("deleted_reason", Text),
    PrimaryKeyConstraint("connection_id", "id"),
    UniqueConstraint("id"),
    partial_index(
        "uq_webhook_endpoints_external_id",
        "connection_id",
        "source",
        "external_id",
        unique=True,
        where="deleted_at IS NULL",
    ),
)

# A webhook endpoint that Unitwire made in Stora. `status`: live, leftover (to be removed).
upstream_endpoints = Table(
    "upstream_endpoints",
    metadata,
    must("connection_id"),
    must("id"),
    must("endpoint_id"),
    must("status"),
    Column("secret_sealed", Text),
    Column("problem", Text),
    must("created_at", BigInteger),
    must("updated_at", BigInteger),
    PrimaryKeyConstraint("connection_id", "id"),
    Index("ix_upstream_endpoints_endpoint_id", "endpoint_id"),
)

# How many webhooks were refused for each endpoint, by reason; their bodies are not kept.
refusals = Table(
    "refusals",
    metadata,
    must("endpoint_id"),
    must("reason"),
    must("count", Integer),
    must("last_at", BigInteger),
    PrimaryKeyConstraint("endpoint_id", "reason"),
)
