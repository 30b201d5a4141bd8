"""What callers note on messages; none of it is part of a message or read by the policy."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text

from pipeline.store.tables.schema import metadata

__all__ = ["message_note", "message_tag"]

message_tag = Table(
    "message_tag",
    metadata,
    Column("message", String(36), ForeignKey("message.id"), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)

message_note = Table(
    "message_note",
    metadata,
    Column("message", String(36), ForeignKey("message.id"), primary_key=True),
    Column("read_at", BigInteger),
    Column("spam", String(8)),
)
