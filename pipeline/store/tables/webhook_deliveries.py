"""What receivers of webhooks are to be told, and how far the audit log was read for it."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from pipeline.store.tables.schema import metadata

__all__ = ["webhook_delivery", "webhook_progress"]

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("subscription", String(36), ForeignKey("webhook_subscription.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("event", String(40), nullable=False),
    Column("message", String(36), ForeignKey("message.id"), nullable=False),
    Column("payload", Text, nullable=False),
    Column("status", String(9), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("response_status", Integer),
    Column("problem", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("last_attempt_at", BigInteger),
    CheckConstraint("status IN ('pending', 'delivered', 'failed')", name="known_delivery_status"),
    UniqueConstraint("subscription", "seq", name="told_once"),
)
Index("webhook_delivery_due", webhook_delivery.c.next_at,
      sqlite_where=text("status = 'pending'"),
      postgresql_where=text("status = 'pending'"))  # fmt: skip

webhook_progress = Table(
    "webhook_progress",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_progress_row"),
)
