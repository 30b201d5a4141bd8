"""Mail that came in: what was taken already, and what reports said about mail that was sent."""

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
)

from pipeline.store.tables.schema import RowNumber, metadata

__all__ = ["delivery_report", "inbound_receipt"]

inbound_receipt = Table(
    "inbound_receipt",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("message", String(36), ForeignKey("message.id"), nullable=False),
)

delivery_report = Table(
    "delivery_report",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("message", String(36), ForeignKey("message.id"), nullable=False),
    Column("address_sha256", String(64), nullable=False),
    Column("kind", String(9), nullable=False),
    Column("lasting", Integer, nullable=False),
    Column("status_code", String(11), nullable=False),
    Column("detail", Text, nullable=False),
    Column("received_as", String(36), ForeignKey("message.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    CheckConstraint(
        "kind IN ('delivered', 'delay', 'bounce', 'complaint')", name="known_report_kind"
    ),
)
Index("delivery_report_message", delivery_report.c.message)
Index("delivery_report_address", delivery_report.c.address_sha256, delivery_report.c.at)
