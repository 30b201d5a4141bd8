"""Attempts to hand a message over, and what domains promise of the way to them."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, String, Table, Text

from pipeline.store.tables.schema import RowNumber, metadata

__all__ = ["attempt", "sts_policy"]

attempt = Table(
    "attempt",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("message", String(36), ForeignKey("message.id"), nullable=False),
    Column("route", Text, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("reply", Text, nullable=False),
)
Index("attempt_message", attempt.c.message)

sts_policy = Table(
    "sts_policy",
    metadata,
    Column("domain", String(255), primary_key=True),
    Column("policy_id", String(32), nullable=False),
    Column("mode", String(8), nullable=False),
    Column("mx", JSON, nullable=False),
    Column("fetched_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)
