"""The service as a whole: its policy in force, whether it is paused, its secret."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, LargeBinary, String, Table

from pipeline.store.tables.schema import SERVICE_FIELDS, field_checks, field_columns, metadata

__all__ = ["service"]

service = Table(
    "service",
    metadata,
    Column("id", Integer, primary_key=True),
    *field_columns(SERVICE_FIELDS),
    Column("policy_digest", String(64), nullable=False),
    Column("signing_secret", LargeBinary, nullable=False),
    Column("restored_at", BigInteger),
    CheckConstraint("id = 1", name="one_row"),
    *field_checks(SERVICE_FIELDS),
)
