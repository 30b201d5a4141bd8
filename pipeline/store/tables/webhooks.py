"""Who is told of events, and under which secret."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, String, Table, Text

from pipeline.store.tables.schema import metadata

__all__ = ["webhook_subscription"]

webhook_subscription = Table(
    "webhook_subscription",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("mailbox_id", String(36), ForeignKey("mailbox.id")),
    # Signs what is sent (Standard Webhooks), so it is needed as it is and no digest would do.
    Column("secret", String(100), nullable=False),
    Column("previous_secret", String(100)),
    Column("previous_until", BigInteger),
    Column("created_by", String(36), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)
