"""What is known of the people written to."""

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, String, Table, Text, text

from pipeline.store.tables.schema import RowNumber, metadata

__all__ = ["case", "consent", "erasure", "privacy_request", "suppression"]

suppression = Table(
    "suppression",
    metadata,
    Column("person_key", String(320), primary_key=True),
    Column("reason", String(40), nullable=False),
    Column("at", BigInteger, nullable=False),
)

erasure = Table(
    "erasure",
    metadata,
    Column("address_sha256", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
)

privacy_request = Table(
    "privacy_request",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person_key", String(320), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("law", String(10), nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("outcome", String(10)),
)
Index("privacy_request_due", privacy_request.c.due_at)

consent = Table(
    "consent",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("person_key", String(320), nullable=False),
    Column("status", String(10), nullable=False),
    Column("region", String(10)),
    Column("evidence", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
    CheckConstraint(
        "status IN ('explicit', 'soft', 'none', 'withdrawn', 'unknown')", name="known_status"
    ),
)
Index("consent_person", consent.c.person_key, consent.c.at)

case = Table(
    "case",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person_key", String(320), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("why", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("closed_by", String(200)),
)
Index("case_open", case.c.person_key, sqlite_where=text("closed_at IS NULL"),
      postgresql_where=text("closed_at IS NULL"))  # fmt: skip
