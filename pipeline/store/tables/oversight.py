"""What people did with held messages: were shown, approved, edited."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, String, Table

from pipeline.store.tables.schema import metadata

__all__ = ["approval", "edit", "shown"]

approval = Table(
    "approval",
    metadata,
    Column("message", String(36), ForeignKey("message.id"), primary_key=True),
    Column("person", String(200), primary_key=True),
    Column("facts", Integer, primary_key=True),
    Column("content", Integer, primary_key=True),
    Column("policy", Integer, primary_key=True),
    Column("role", String(80), nullable=False),
    Column("mime_sha256", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
)

shown = Table(
    "shown",
    metadata,
    Column("message", String(36), ForeignKey("message.id"), primary_key=True),
    Column("person", String(200), primary_key=True),
    Column("facts", Integer, nullable=False),
    Column("content", Integer, nullable=False),
    Column("policy", Integer, nullable=False),
)

edit = Table(
    "edit",
    metadata,
    Column("message", String(36), ForeignKey("message.id"), primary_key=True),
    Column("content", Integer, primary_key=True),
    Column("person", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    # The parts of the draft that this edit replaced; null where they were erased, or not kept yet.
    Column("before", JSON(none_as_null=True)),
)
