"""The people whom callers keep by name, to find their addresses again."""

from sqlalchemy import JSON, BigInteger, Column, Index, String, Table

from pipeline.store.tables.schema import metadata

__all__ = ["contact"]

contact = Table(
    "contact",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("address_key", String(320), nullable=False, unique=True),
    Column("person_key", String(320), nullable=False),
    Column("address", String(320), nullable=False),
    Column("name", String(200), nullable=False),
    Column("tags", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("contact_person", contact.c.person_key)
