"""Messages: their lives, what they are and say, the bytes they stand for, who gets them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from pipeline.store.tables.schema import MESSAGE_FIELDS, field_checks, field_columns, metadata
from policy.lifecycle import State

__all__ = ["blob", "draft_attachment", "mailbox", "message", "message_content", "recipient"]

_states = ", ".join(f"'{state.value}'" for state in State)

mailbox = Table(
    "mailbox",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("address", String(320), nullable=False),
    Column("address_key", String(320), nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("oversight_mode", String(20), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("forward_to", String(320)),
    Column("oversight_address", String(320)),
    Column("auto_cc", String(320)),
    Column("auto_bcc", String(320)),
    Column("signature", Text, nullable=False, default="", server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
)

message = Table(
    "message",
    metadata,
    Column("id", String(36), primary_key=True),
    # --- the life of the message
    Column("state", String(12), nullable=False),
    *field_columns(MESSAGE_FIELDS),
    Column("transition", String(40)),
    Column("row_version", BigInteger, nullable=False),
    # --- what it is
    Column("mailbox_id", String(36), ForeignKey("mailbox.id"), nullable=False),
    Column("author_key", String(36), nullable=False),
    Column("author", String(10), nullable=False),
    # Written with a test key: lives like any other and is never handed to a mail server.
    Column("test", Integer, nullable=False, server_default="0"),
    Column("kind", String(15), nullable=False),
    Column("intent", String(40)),
    Column("message_id", Text, nullable=False),
    Column("thread_id", Text, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    # --- the bytes that were decided about, and who looks at them
    Column("envelope", JSON),
    Column("mime_sha256", String(64)),
    Column("team", String(80)),
    # --- delivery
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("escalates_at", BigInteger),
    Column("attempts", Integer, nullable=False, default=0),
    Column("last_reply", Text),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("lease_until", BigInteger),
    CheckConstraint(f"state IN ({_states})", name="known_state"),
    *field_checks(MESSAGE_FIELDS),
)
Index("message_queue", message.c.test, message.c.not_before, sqlite_where=text("state = 'queued'"),
      postgresql_where=text("state = 'queued'"))  # fmt: skip
Index("message_leased", message.c.lease_until, sqlite_where=text("state = 'sending'"),
      postgresql_where=text("state = 'sending'"))  # fmt: skip
Index("message_waiting", message.c.state, message.c.changed_at)
Index("message_thread", message.c.thread_id)
Index("message_header_id", message.c.message_id, unique=True)

# Apart from `message`, which every step writes: see `contents`.
message_content = Table(
    "message_content",
    metadata,
    Column("message", String(36), ForeignKey("message.id"), primary_key=True),
    Column("draft", JSON, nullable=False),
    Column("judgement", JSON),
)

recipient = Table(
    "recipient",
    metadata,
    Column("message", String(36), ForeignKey("message.id"), primary_key=True),
    Column("address_key", String(320), primary_key=True),
    Column("person_key", String(320), nullable=False),
    Column("address", String(320), nullable=False),
    Column("role", String(5), nullable=False),
    Column("outcome", String(8), nullable=False, default="pending"),
    Column("reply", Text),
    Column("changed_at", BigInteger, nullable=False),
    CheckConstraint("role IN ('to', 'cc', 'bcc', 'copy')", name="known_role"),
    CheckConstraint("outcome IN ('pending', 'sent', 'failed', 'unknown')", name="known_outcome"),
)
Index("recipient_person", recipient.c.person_key, recipient.c.changed_at)

draft_attachment = Table(
    "draft_attachment",
    metadata,
    Column("message", String(36), ForeignKey("message.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", String(127), nullable=False),
    Column("sha256", String(64), nullable=False),
)

blob = Table(
    "blob",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
