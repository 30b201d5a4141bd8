"""What people said of the classifier's labels: confirmed, or corrected."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)

from pipeline.store.tables.schema import metadata

__all__ = ["correction"]

correction = Table(
    "correction",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("message", String(36), ForeignKey("message.id"), nullable=False),
    # One row for the intent, the same twice when it was confirmed; one for each changed tag.
    Column("field", String(6), nullable=False),
    Column("label_before", String(40), nullable=False),
    Column("label_after", String(40), nullable=False),
    Column("person", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("text_sha256", String(64), nullable=False),
    Column("model", String(64), nullable=False),
    CheckConstraint("field IN ('intent', 'tag')", name="known_field"),
)
Index("correction_message", correction.c.message, correction.c.id)
