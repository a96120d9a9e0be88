"""Who may do what for a connection: builders' apps and all that OAuth hands out to them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, text

from connector.store.tables.basis import metadata, must

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
