"""The audit log."""

from sqlalchemy import JSON, BigInteger, Column, String, Table, UniqueConstraint

from pipeline.store.tables.schema import metadata

__all__ = ["audit", "audit_root"]

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
    UniqueConstraint("previous_hash", name="one_chain"),
)

audit_root = Table(
    "audit_root",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("root", String(64), nullable=False),
    Column("peaks", JSON, nullable=False),
)
