"""Events and their way to a workflow: the queue, its log, its counts."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from connector.store.tables.basis import metadata, must, partial_index

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
    partial_index("ix_deliveries_due", "due", where="status = 'pending'"),
    # Whose turn it is when some endpoints are passed over: found without walking past their rows.
    partial_index("ix_deliveries_waiting", "endpoint_id", "due", where="status = 'pending'"),
    # What failed, waits for a reason or was skipped: a delivery that just goes through is not in
    # it, so it costs that one nothing.
    partial_index(
        "ix_deliveries_reason", "connection_id", "status", "id", where="reason IS NOT NULL"
    ),
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
    partial_index("ix_replays_running", "status", where="status = 'running'"),
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
