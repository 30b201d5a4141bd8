"""The schema, once, for every database.

Times are whole milliseconds since 1970 UTC. The columns of `message` between the marks are the
fields of `policy.lifecycle`, written only by `execution.execute`; `constraints` makes the database
refuse every other hand. Nothing is ever deleted from `message`, `audit` or `approval`.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from policy.lifecycle import FIELDS, FieldKind, State

__all__ = [
    "MESSAGE_FIELDS", "SERVICE_FIELDS", "api_key", "approval", "attempt", "audit", "blob", "case",
    "consent", "draft_attachment", "edit", "erasure", "idempotency", "mailbox", "message",
    "metadata", "person", "privacy_request", "recipient", "service", "session", "shown",
    "suppression",
]  # fmt: skip

metadata = MetaData()

MESSAGE_FIELDS = tuple(name for name, spec in FIELDS.items() if not spec.of_service)
SERVICE_FIELDS = tuple(name for name, spec in FIELDS.items() if spec.of_service)

_HIGHEST = {FieldKind.BOOL: 1, FieldKind.MODE: 4}


def _field_columns(names: tuple[str, ...]) -> list[Column[int]]:
    return [Column(name, Integer, nullable=False) for name in names]


def _field_checks(names: tuple[str, ...]) -> list[CheckConstraint]:
    checks = []
    for name in names:
        kind = FIELDS[name].kind
        upper = f" AND {name} <= {_HIGHEST[kind]}" if kind in _HIGHEST else ""
        checks.append(CheckConstraint(f"{name} >= 0{upper}", name=f"{name}_in_range"))
    return checks


_states = ", ".join(f"'{state.value}'" for state in State)

service = Table(
    "service",
    metadata,
    Column("id", Integer, primary_key=True),
    *_field_columns(SERVICE_FIELDS),
    Column("policy_digest", String(64), nullable=False),
    Column("signing_secret", LargeBinary, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    *_field_checks(SERVICE_FIELDS),
)

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
    Column("created_at", BigInteger, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("id", String(36), primary_key=True),
    # --- the life of the message
    Column("state", String(12), nullable=False),
    *_field_columns(MESSAGE_FIELDS),
    Column("transition", String(40)),
    Column("row_version", BigInteger, nullable=False),
    # --- what it is
    Column("mailbox_id", String(36), ForeignKey("mailbox.id"), nullable=False),
    Column("author_key", String(36), nullable=False),
    Column("author", String(10), nullable=False),
    Column("kind", String(15), nullable=False),
    Column("intent", String(30)),
    Column("message_id", String(255), nullable=False),
    Column("thread_id", String(255), nullable=False),
    Column("draft", JSON, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    # --- what was decided, and the bytes it is about
    Column("judgement", JSON),
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
    CheckConstraint(f"state IN ({_states})", name="known_state"),
    *_field_checks(MESSAGE_FIELDS),
)
Index("message_queue", message.c.not_before, sqlite_where=text("state = 'queued'"),
      postgresql_where=text("state = 'queued'"))  # fmt: skip
Index("message_waiting", message.c.state, message.c.changed_at)
Index("message_thread", message.c.thread_id)
Index("message_header_id", message.c.message_id, unique=True)

recipient = Table(
    "recipient",
    metadata,
    Column("message", String(36), ForeignKey("message.id"), primary_key=True),
    Column("address_key", String(320), primary_key=True),
    Column("address", String(320), nullable=False),
    Column("role", String(5), nullable=False),
    Column("outcome", String(8), nullable=False, default="pending"),
    Column("reply", Text),
    Column("changed_at", BigInteger, nullable=False),
    CheckConstraint("role IN ('to', 'cc', 'bcc', 'copy')", name="known_role"),
    CheckConstraint("outcome IN ('pending', 'sent', 'failed', 'unknown')", name="known_outcome"),
)
Index("recipient_address", recipient.c.address_key, recipient.c.changed_at)

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
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("message", String(36), ForeignKey("message.id"), nullable=False),
    Column("route", String(255), nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("reply", Text, nullable=False),
)
Index("attempt_message", attempt.c.message)

api_key = Table(
    "api_key",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("prefix", String(16), nullable=False),
    Column("secret_sha256", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("holder", String(200), nullable=False),
    Column("author", String(10), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

person = Table(
    "person",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("totp_secret", String(64), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("used_step", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("person", String(100), ForeignKey("person.name"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("api_key", String(36), primary_key=True),
    Column("key", String(256), primary_key=True),
    Column("body_sha256", String(64), nullable=False),
    Column("message", String(36), ForeignKey("message.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

suppression = Table(
    "suppression",
    metadata,
    Column("address_key", String(320), primary_key=True),
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
    Column("address_key", String(320), nullable=False),
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
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("address_key", String(320), nullable=False),
    Column("status", String(10), nullable=False),
    Column("region", String(10)),
    Column("evidence", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
    CheckConstraint(
        "status IN ('explicit', 'soft', 'none', 'withdrawn', 'unknown')", name="known_status"
    ),
)
Index("consent_address", consent.c.address_key, consent.c.at)

case = Table(
    "case",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("address_key", String(320), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("why", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("closed_by", String(200)),
)
Index("case_open", case.c.address_key, sqlite_where=text("closed_at IS NULL"),
      postgresql_where=text("closed_at IS NULL"))  # fmt: skip

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(10), nullable=False),
    Column("actor_id", String(200), nullable=False),
    Column("event", String(40), nullable=False),
    Column("message", String(36)),
    Column("detail", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("previous_hash", name="one_chain"),
)
