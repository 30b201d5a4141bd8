"""On which channels a person is in talk with the shop."""

from sqlalchemy import BigInteger, CheckConstraint, Column, String, Table

from pipeline.store.tables.schema import metadata

__all__ = ["channel_contact"]

channel_contact = Table(
    "channel_contact",
    metadata,
    Column("person_key", String(320), primary_key=True),
    Column("channel", String(10), primary_key=True),
    Column("wrote_at", BigInteger),
    Column("answered_at", BigInteger),
    CheckConstraint("channel IN ('email', 'chat', 'phone', 'social')", name="known_channel"),
)
