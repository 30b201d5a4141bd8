"""The audit log."""

from sqlalchemy import JSON, BigInteger, Column, String, Table

from pipeline.store.tables.schema import metadata

__all__ = ["audit", "audit_root"]

# One chain: a row's number is one more than that of the row it follows, and no two have the same.
# A unique `previous_hash` would say it again, and cost each row a page of an index of its own.
audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(10), nullable=False),
    Column("actor_id", String(200), nullable=False),
    Column("event", String(40), nullable=False),
    Column("message", String(36)),
    Column("detail", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

audit_root = Table(
    "audit_root",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("root", String(64), nullable=False),
    Column("peaks", JSON, nullable=False),
)
