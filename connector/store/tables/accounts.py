"""An operator's Stora account, and what Stora lets us ask of it."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, text

from connector.store.tables.basis import metadata, must

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

# Sites that Stora listed to a connection, by Stora's ids: an account is known by them when its
# operator comes back (see flows/recognise.py). A site belongs to one connection at most.
sites = Table(
    "sites",
    metadata,
    Column("id", Text, primary_key=True),
    must("connection_id"),
    Index("ix_sites_connection_id", "connection_id"),
)

# What is left of the rate budget that Stora grants a connection (see stora/budget.py).
budgets = Table(
    "budgets",
    metadata,
    Column("connection_id", Text, ForeignKey("connections.id"), primary_key=True),
    must("state"),
    must("updated_at", BigInteger),
)
