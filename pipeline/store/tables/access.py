"""Who may do what: API keys, people, sessions, idempotency keys of callers."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, String, Table, Text

from pipeline.store.tables.schema import metadata

__all__ = ["api_key", "idempotency", "person", "session"]

api_key = Table(
    "api_key",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("prefix", String(16), nullable=False),
    Column("secret_sha256", String(64), nullable=False, unique=True),
    # The secret before a rotation, still good for a while.
    Column("previous_sha256", String(64)),
    Column("previous_until", BigInteger),
    Column("name", String(200), nullable=False),
    Column("holder", String(200), nullable=False),
    Column("author", String(10), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("test", Integer, nullable=False, default=0, server_default="0"),
    Column("created_at", BigInteger, nullable=False),
    # To the minute or so: a write on every request would cost more than it tells.
    Column("last_used_at", BigInteger),
    Column("requests", BigInteger, nullable=False, default=0, server_default="0"),
    Column("revoked_at", BigInteger),
    # When everything was exported with it last.
    Column("exported_at", BigInteger),
)

person = Table(
    "person",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("totp_secret", String(64), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("used_step", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("person", String(100), ForeignKey("person.name"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("api_key", String(36), primary_key=True),
    Column("key", String(256), primary_key=True),
    Column("body_sha256", String(64), nullable=False),
    Column("message", String(36), ForeignKey("message.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
