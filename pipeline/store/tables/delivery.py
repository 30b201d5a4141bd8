"""Attempts to hand a message over."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from pipeline.store.tables.schema import RowNumber, metadata

__all__ = ["attempt"]

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
