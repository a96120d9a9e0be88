"""The tables, as SQLAlchemy Core describes them.

Times are whole milliseconds since the epoch, UTC. Secrets are either encrypted (columns that end
in `_sealed`, see secrets.py) or, where they only have to be recognised, SHA-256 hashes (`_hash`).
Keys begin with the connection wherever rows belong to one, so that a PostgreSQL-compatible
distributed engine can shard by it.

    connections ─┬─ clients' tokens (token_families ─ tokens, authorization_codes, sessions)
                 ├─ webhook_endpoints ── upstream_endpoints (the mirror in Stora)
                 └─ events ── deliveries ── attempts
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def must(name: str, kind: type = Text, **options: object) -> Column[object]:
    """Return a column that always has a value."""
    return Column(name, kind, nullable=False, **options)  # type: ignore[arg-type]


# One operator's Stora account, linked. `kind`: partner, client_credentials, access_token.
# `status`: active, needs_reauth, revoked. `refresh_lease` names the one process that may refresh
# now, until `refresh_until`. `tallied_to` is the newest delivery that is in the tallies.
connections = Table(
    "connections",
    metadata,
    Column("id", Text, primary_key=True),
    must("kind"),
    must("status"),
    must("operator"),
    must("scopes"),
    must("credentials_sealed"),
    Column("expires_at", BigInteger),
    Column("refresh_lease", Text),
    Column("refresh_until", BigInteger),
    Column("status_reason", Text),
    must("curies", server_default=text("'[]'")),
    must("tallied_to", server_default=text("''")),
    must("created_at", BigInteger),
    must("updated_at", BigInteger),
)

# What is left of the rate budget that Stora grants a connection (see stora/budget.py).
budgets = Table(
    "budgets",
    metadata,
    Column("connection_id", Text, ForeignKey("connections.id"), primary_key=True),
    must("state"),
    must("updated_at", BigInteger),
)

# One platform app that may ask for authorisation (OAuth client). `pkce`: 0 for a platform that
# cannot do it. Without `secret_hash` it is a public client. Lists are separated by spaces.
clients = Table(
    "clients",
    metadata,
    Column("id", Text, primary_key=True),
    must("platform"),
    must("name"),
    Column("secret_hash", Text),
    must("redirect_uris"),
    must("scopes"),
    must("pkce", Integer, server_default=text("1")),
    must("created_at", BigInteger),
    Column("revoked_at", BigInteger),
)

# All tokens that came out of one consent; revoking the family revokes them all.
# A personal access token is a family without a client.
token_families = Table(
    "token_families",
    metadata,
    Column("id", Text, primary_key=True),
    must("connection_id", Text),
    Column("client_id", Text, ForeignKey("clients.id")),
    must("scopes"),
    must("name", server_default=text("''")),
    must("created_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("revoked_reason", Text),
    Index("ix_token_families_connection_id", "connection_id"),
)

# `kind`: access, refresh. `parent_hash`: the refresh token that this one replaced.
# `spent_at`: when a refresh token was exchanged, or replaced by a newer sibling.
# `scopes` are an access token's, which may be fewer than its family's.
tokens = Table(
    "tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    must("family_id", Text),
    must("kind"),
    Column("scopes", Text),
    Column("parent_hash", Text),
    must("created_at", BigInteger),
    Column("expires_at", BigInteger),
    Column("spent_at", BigInteger),
    Column("used_at", BigInteger),
    Index("ix_tokens_family_id", "family_id"),
    Index("ix_tokens_expires_at", "expires_at"),
)

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("code_hash", Text, primary_key=True),
    must("client_id", Text),
    must("connection_id", Text),
    must("redirect_uri"),
    must("scopes"),
    Column("code_challenge", Text),
    must("created_at", BigInteger),
    must("expires_at", BigInteger),
    Column("spent_at", BigInteger),
    Column("family_id", Text),
    Index("ix_authorization_codes_expires_at", "expires_at"),
)

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

# One workflow that listens. `upstream`: pending (not yet made in Stora), ready, gone.
# `upstream_key` is the Idempotency-Key under which it is made in Stora, `upstream_key_at` its age.
# `turn_lease` names the one request that may change it in Stora now, until `turn_until`.
# `previous_secret_sealed` also signs until `previous_secret_until` (rotation).
# `not_found_since`: since when the target answers 404 to everything. `failing_since`: since when
# it fails so often that only probes are sent.
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
    Column("paused_at", BigInteger),
    Column("filter", Text),
    must("created_at", BigInteger),
    must("updated_at", BigInteger),
    Column("deleted_at", BigInteger),
    Column("deleted_reason", Text),
    PrimaryKeyConstraint("connection_id", "id"),
    UniqueConstraint("id"),
    Index(
        "uq_webhook_endpoints_external_id",
        "connection_id",
        "source",
        "external_id",
        unique=True,
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
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

# One verified webhook of Stora. `id` is Stora's; the key makes a repeat do nothing.
# `delivery_id` is the one delivery that came out of it.
events = Table(
    "events",
    metadata,
    must("connection_id"),
    must("endpoint_id"),
    must("id"),
    must("type"),
    Column("occurred_at", Text),
    must("received_at", BigInteger),
    must("body", LargeBinary),
    must("delivery_id"),
    must("repeats", Integer, server_default=text("0")),
    PrimaryKeyConstraint("connection_id", "endpoint_id", "id"),
)

# One event on its way to one webhook endpoint; `due` is when the next attempt may start, and while
# a dispatcher holds the `lease` it is when that lease ends, so a lost lease needs no sweeper.
deliveries = Table(
    "deliveries",
    metadata,
    must("connection_id"),
    must("id"),
    must("endpoint_id"),
    must("event_id"),
    must("event_type"),
    must("status"),
    Column("reason", Text),
    Column("due", BigInteger),
    Column("lease", Text),
    must("attempts", Integer, server_default=text("0")),
    Column("last_status", Integer),
    must("created_at", BigInteger),
    must("give_up_at", BigInteger),
    Column("finished_at", BigInteger),
    PrimaryKeyConstraint("connection_id", "id"),
    Index("ix_deliveries_endpoint_id", "connection_id", "endpoint_id", "id"),
    Index(
        "ix_deliveries_due",
        "due",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    # Whose turn it is when some endpoints are passed over: found without walking past their rows.
    Index(
        "ix_deliveries_waiting",
        "endpoint_id",
        "due",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    # What failed, waits for a reason or was skipped: a delivery that just goes through is not in
    # it, so it costs that one nothing.
    Index(
        "ix_deliveries_reason",
        "connection_id",
        "status",
        "id",
        sqlite_where=text("reason IS NOT NULL"),
        postgresql_where=text("reason IS NOT NULL"),
    ),
)

# Deliveries put back to work by filter (`what` is again), or let go after a pause (backlog), a few
# at a time: `done` of `total`, those after `cursor` still to come. `status`: running, finished,
# cancelled.
replays = Table(
    "replays",
    metadata,
    must("connection_id"),
    must("id"),
    must("what"),
    must("status"),
    must("filter"),
    must("total", Integer),
    must("done", Integer, server_default=text("0")),
    must("per_minute", Integer),
    must("cursor", server_default=text("''")),
    must("created_at", BigInteger),
    must("stepped_at", BigInteger),
    Column("finished_at", BigInteger),
    PrimaryKeyConstraint("connection_id", "id"),
    Index(
        "ix_replays_running",
        "status",
        sqlite_where=text("status = 'running'"),
        postgresql_where=text("status = 'running'"),
    ),
)

# How many deliveries of a day (counted from 1970, UTC) had something in common. `what` says what:
# type, endpoint, status, or pace (its `name` is then the time they took, see flows/tally.py).
tallies = Table(
    "tallies",
    metadata,
    must("connection_id"),
    must("what"),
    must("day", Integer),
    must("name"),
    must("count", Integer),
    PrimaryKeyConstraint("connection_id", "what", "day", "name"),
)

# One try. For the owner's eyes: `answer_head` is the status line and the telling headers of the
# answer, `answer` its body; up to 1 KiB each.
attempts = Table(
    "attempts",
    metadata,
    must("connection_id"),
    must("delivery_id"),
    must("number", Integer),
    must("started_at", BigInteger),
    must("duration_ms", Integer),
    Column("status", Integer),
    must("error", server_default=text("''")),
    Column("answer_head", LargeBinary),
    Column("answer", LargeBinary),
    PrimaryKeyConstraint("connection_id", "delivery_id", "number"),
)

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
    Index(
        "ix_timeline_entries_due",
        "due",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
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
