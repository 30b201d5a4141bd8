"""Messages that came in: kept as the bytes they are, with what was read of them.

What was read (`Reading`) is the ground for deciding about every answer, so it is stored with the
message and not asked of whoever answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection, RowMapping, and_, insert, select

from pipeline.store import audit
from pipeline.store.blobs import put_blob
from pipeline.store.contents import insert_contents, replace_judgement
from pipeline.store.execution import SYSTEM, Who, execute, now_ms
from pipeline.store.tables import (
    MESSAGE_FIELDS,
    inbound_receipt,
    message,
    message_content,
    recipient,
)
from policy.lifecycle import LifecycleEvent, State, initial

__all__ = [
    "NewInbound", "Reading", "decide_inbound", "find_by_header_id", "find_receipt",
    "insert_inbound", "threads_with",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """The classifier's labels of a message that came in; `confidence` is 0 to 1.

    `model` is the digest of the model that read it.
    """

    intent: str
    confidence: float
    tags: frozenset[str]
    language: str
    unsure: bool
    model: str = ""

    @classmethod
    def of(cls, row: Mapping[str, object] | RowMapping) -> "Reading | None":
        """What was read of the message in `row`; None when it could not be read."""
        draft = row["draft"]
        found = draft.get("reading") if isinstance(draft, dict) else None
        if not row["inbound"] or found is None:
            return None
        return cls(**{**found, "tags": frozenset(found["tags"])})


@dataclass(frozen=True, slots=True)
class NewInbound:
    """A message as it is received; `raw` are its bytes, `shown` its readable parts by name.

    `receipt` is the digest under which a second arrival of it is known.
    """

    id: str
    receipt: str
    mailbox_id: str
    taken_in_by: str
    message_id: str
    thread_id: str
    shown: Mapping[str, object]
    reading: Reading | None
    automatic: bool
    tags: Sequence[str]
    fraud: bool
    raw: bytes = field(repr=False)


def find_by_header_id(connection: Connection, header_ids: Sequence[str]) -> RowMapping | None:
    """The message with the first of these Message-IDs that the store knows."""
    rows = {
        row["message_id"]: row
        for row in connection.execute(
            select(message).where(message.c.message_id.in_(header_ids))
        ).mappings()
    }
    return next((rows[one] for one in header_ids if one in rows), None)


def find_receipt(connection: Connection, receipt: str) -> str | None:
    """The id of the message that was taken in under this receipt."""
    query = select(inbound_receipt.c.message).where(inbound_receipt.c.sha256 == receipt)
    found: str | None = connection.execute(query).scalar()
    return found


def threads_with(
    connection: Connection, mailbox_id: str, person_key: str, since: int
) -> Sequence[tuple[str, str]]:
    """(thread, subject) of what a mailbox wrote to a person since that time, newest first.

    At most 50.
    """
    query = (
        select(message.c.thread_id, message_content.c.draft["subject"].as_string())
        .select_from(message.join(message_content))
        .join(recipient, recipient.c.message == message.c.id)
        .where(
            and_(
                recipient.c.person_key == person_key,
                message.c.mailbox_id == mailbox_id,
                message.c.handovers > 0,
                message.c.created_at >= since,
            )
        )
        .order_by(message.c.created_at.desc())
        .limit(50)
    )
    return [(thread_id, subject or "") for thread_id, subject in connection.execute(query)]


def insert_inbound(connection: Connection, new: NewInbound, who: Who) -> None:
    """Keep a received message; it is not decided yet, hence not shown to any agent."""
    at = now_ms()
    state, record = initial(inbound=True, fraud=new.fraud)
    reading = None
    if new.reading is not None:
        reading = {**asdict(new.reading), "tags": sorted(new.reading.tags)}
    connection.execute(
        insert(message),
        {
            "id": new.id,
            "state": state.value,
            **{name: int(record[name]) for name in MESSAGE_FIELDS},
            "row_version": 0,
            "mailbox_id": new.mailbox_id,
            "author_key": new.taken_in_by,
            "author": "person",
            "kind": "inbound",
            "intent": new.reading.intent if new.reading else None,
            "message_id": new.message_id,
            "thread_id": new.thread_id,
            "labels": [],
            "tags": list(new.tags),
            "mime_sha256": put_blob(connection, new.raw),
            "created_at": at,
            "changed_at": at,
            "not_before": at,
            "expires_at": None,
            "attempts": 0,
        },
    )
    draft = {**new.shown, "reading": reading, "automatic": new.automatic}
    insert_contents(connection, [(new.id, draft, None)])
    connection.execute(insert(inbound_receipt), {"sha256": new.receipt, "message": new.id})
    audit.record(
        connection,
        at=at,
        actor=who.actor.value,
        actor_id=who.id,
        event="receive",
        message=new.id,
        detail={"mailbox": new.mailbox_id},
    )


def decide_inbound(
    connection: Connection,
    key: str,
    *,
    mode: int,
    seen: Mapping[str, int],
    judgement: Mapping[str, object],
    team: str | None,
) -> State:
    """Put a decision about a received message into force; returns the state it leads to.

    Raises RefusedError when the message changed since.
    """
    step = execute(
        connection,
        key,
        LifecycleEvent.DECIDE,
        SYSTEM,
        {"mode": mode, "approvals_due": 1, **{f"seen_{n}": seen[n] for n in seen}},
        detail={"mode": mode},
        columns={"team": team},
    )
    replace_judgement(connection, key, judgement)
    return step.state
