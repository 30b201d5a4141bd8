"""What frees a mailbox from oversight: entries of its allowlist, and upgrades that were asked for.

Neither is ever deleted: an auditor can see what was free, when, and by whose word.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table

from pipeline.store.tables.schema import metadata

__all__ = ["allowlist_entry", "upgrade_request"]

allowlist_entry = Table(
    "allowlist_entry",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("mailbox_id", String(36), ForeignKey("mailbox.id"), nullable=False),
    Column("pattern", String(320), nullable=False),
    Column("note", String(200), nullable=False),
    Column("added_by", String(200), nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
)
Index("allowlist_entry_mailbox", allowlist_entry.c.mailbox_id, allowlist_entry.c.pattern)

upgrade_request = Table(
    "upgrade_request",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("mailbox_id", String(36), ForeignKey("mailbox.id"), nullable=False),
    Column("target_mode", String(20), nullable=False),
    Column("asked_by", String(200), nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    # The code exists once a person has asked to see it; only its digest is kept.
    Column("code_sha256", String(64)),
    Column("code_by", String(200)),
    Column("code_expires_at", BigInteger),
    Column("wrong_codes", Integer, nullable=False, default=0),
    Column("closed_at", BigInteger),
    Column("outcome", String(10)),
)
Index("upgrade_request_mailbox", upgrade_request.c.mailbox_id, upgrade_request.c.asked_at)
