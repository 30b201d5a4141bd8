"""Consents that wait for the person's own confirmation: the double opt-in."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text

from pipeline.store.tables.schema import metadata

__all__ = ["consent_request"]

consent_request = Table(
    "consent_request",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person_key", String(320), nullable=False),
    Column("region", String(10)),
    Column("how", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger),
)
Index("consent_request_person", consent_request.c.person_key)
