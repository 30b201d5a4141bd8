"""Messages as rows: put in and decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import Connection, and_, bindparam, delete, insert, select

from pipeline.mail.addresses import address_key, person_key
from pipeline.store import audit
from pipeline.store.blobs import put_blob, put_blobs
from pipeline.store.contents import insert_contents, replace_judgement
from pipeline.store.execution import (
    SYSTEM,
    Asked,
    RefusedError,
    Who,
    execute,
    execute_all,
    just_put_in,
    now_ms,
)
from pipeline.store.statements import Statement, to_json
from pipeline.store.tables import MESSAGE_FIELDS, draft_attachment, message, recipient
from policy.lifecycle import WAITING, LifecycleEvent, State, initial

__all__ = [
    "Accepted", "Decided", "Envelope", "NewAttachment", "NewMessage", "accept", "decide",
    "insert_message", "replace_recipients", "thread_changed",
]  # fmt: skip

_NOT_BEFORE = Statement(select(message.c.not_before).where(message.c.id == bindparam("key")))
_GIVEN = (
    "id", "state", *MESSAGE_FIELDS, "row_version", "mailbox_id", "author_key", "author", "test",
    "kind", "intent", "message_id", "thread_id", "labels", "tags", "created_at",
    "changed_at", "not_before", "expires_at", "attempts",
)  # fmt: skip
_INSERT_MESSAGE = Statement(insert(message).values({name: bindparam(name) for name in _GIVEN}))
_INSERT_RECIPIENT = Statement(
    insert(recipient).values(
        {column: bindparam(column.name) for column in recipient.c if column.name != "reply"}
    )
)


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """A file that came with a draft."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message as it is accepted; `recipients` are (address key, address, role) triples.

    A `test` message lives like any other and is handed to no mail server.
    """

    id: str
    mailbox_id: str
    author_key: str
    author: str
    kind: str
    intent: str | None
    message_id: str
    thread_id: str
    draft: Mapping[str, object]
    labels: Sequence[str]
    tags: Sequence[str]
    recipients: Sequence[tuple[str, str, str]]
    not_before: int
    expires_at: int | None = None
    fraud: bool = False
    attachments: Sequence[NewAttachment] = ()
    test: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who hands over and who gets it (RFC 5321, 3.3); `copies` get it by the policy's order."""

    sender: str
    recipients: tuple[str, ...]
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What the policy decided about one version of a message, with the bytes that follow.

    After `hold_seconds` without a decision it ends, or with `escalates` another team gets it.
    `seen` are the versions of facts, content and policy it is about; `judgement` is what people
    are shown: mode, reasons, obligations, facts.
    """

    mode: int
    approvals_due: int
    seen: Mapping[str, int]
    judgement: Mapping[str, object]
    envelope: Envelope
    mime: bytes = field(repr=False)
    team: str | None = None
    undo_seconds: int = 0
    hold_seconds: int | None = None
    escalates: bool = False
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The state that a message is in after it was accepted, and when that was (ms since 1970)."""

    state: State
    at: int


def insert_message(connection: Connection, new: NewMessage, who: Who) -> int:
    """Accept a message: its row, what it says, its recipients, its files, its first audit row.

    Returns when that was, in milliseconds.
    """
    at = now_ms()
    _insert(connection, [(new, who)], at)
    insert_contents(connection, [(new.id, new.draft, None)])
    return at


def accept(
    connection: Connection, accepted: Sequence[tuple[NewMessage, Decided, Who]]
) -> list[Accepted]:
    """Accept messages of which the decision is known: `insert_message` and `decide` of each.

    In as many statements as for one. Raises RefusedError when the table refuses a decision.
    """
    at = now_ms()
    _insert(connection, [(new, who) for new, _, who in accepted], at)
    insert_contents(
        connection, [(new.id, new.draft, decided.judgement) for new, decided, _ in accepted]
    )
    digests = put_blobs(connection, [decided.mime for _, decided, _ in accepted])
    started = just_put_in(connection, [(new.id, *_first(new.fraud)) for new, _, _ in accepted])
    asked = []
    for (new, decided, _), current, digest in zip(accepted, started, digests, strict=True):
        # All columns of each, so that one statement does for all.
        columns: dict[str, object] = {
            "not_before": new.not_before,
            "expires_at": new.expires_at,
            **_columns(decided, digest, at, new.not_before),
        }
        asked.append(Asked(current, _inputs(decided), columns, _detail(decided, digest)))
    outcomes = []
    for step in execute_all(connection, LifecycleEvent.DECIDE, SYSTEM, asked):
        if isinstance(step, RefusedError):
            raise step
        outcomes.append(Accepted(step.state, at))
    return outcomes


@cache
def _first(fraud: bool) -> tuple[State, tuple[int, ...]]:
    """The state of a new message and its values of `MESSAGE_FIELDS`."""
    state, record = initial(inbound=False, fraud=fraud)
    return state, tuple(int(record[name]) for name in MESSAGE_FIELDS)


def _insert(connection: Connection, every: Sequence[tuple[NewMessage, Who]], at: int) -> None:
    _INSERT_MESSAGE.run_many(connection, [_row(new, at) for new, _ in every])
    _insert_recipients(
        connection, [(new.id, *recipient) for new, _ in every for recipient in new.recipients], at
    )
    for new, who in every:
        _insert_attachments(connection, new)
        audit.record(
            connection,
            at=at,
            actor=who.actor.value,
            actor_id=who.id,
            event="accept",
            message=new.id,
            detail={"mailbox": new.mailbox_id, "kind": new.kind},
        )


def _row(new: NewMessage, at: int) -> dict[str, object]:
    state, values = _first(new.fraud)
    return {
        "id": new.id,
        "state": state.value,
        **dict(zip(MESSAGE_FIELDS, values, strict=True)),
        "row_version": 0,
        "mailbox_id": new.mailbox_id,
        "author_key": new.author_key,
        "author": new.author,
        "test": int(new.test),
        "kind": new.kind,
        "intent": new.intent,
        "message_id": new.message_id,
        "thread_id": new.thread_id,
        "labels": to_json(list(new.labels)),
        "tags": to_json(list(new.tags)),
        "created_at": at,
        "changed_at": at,
        "not_before": new.not_before,
        "expires_at": new.expires_at,
        "attempts": 0,
    }


def _insert_attachments(connection: Connection, new: NewMessage) -> None:
    for place, file in enumerate(new.attachments):
        connection.execute(
            insert(draft_attachment),
            {
                "message": new.id,
                "place": place,
                "name": file.name,
                "media_type": file.media_type,
                "sha256": put_blob(connection, file.data),
            },
        )


def replace_recipients(
    connection: Connection, key: str, recipients: Sequence[tuple[str, str]]
) -> None:
    """Have a message that waits go to these people (address and role) and to nobody else."""
    connection.execute(delete(recipient).where(recipient.c.message == key))
    rows = [(key, address_key(address), address, role) for address, role in recipients]
    _insert_recipients(connection, rows, now_ms())


def _insert_recipients(
    connection: Connection, recipients: Sequence[tuple[str, str, str, str]], at: int
) -> None:
    _INSERT_RECIPIENT.run_many(
        connection,
        [
            {
                "message": key,
                "address_key": its_key,
                "person_key": person_key(address),
                "address": address,
                "role": role,
                "outcome": "pending",
                "changed_at": at,
            }
            for key, its_key, address, role in recipients
        ],
    )


def decide(connection: Connection, key: str, decided: Decided) -> State:
    """Put a decision into force, with its bytes; returns the state it leads to.

    Raises RefusedError when the message changed since, or the table refuses the decision.
    """
    digest = put_blob(connection, decided.mime)
    at = now_ms()
    (waiting,) = _NOT_BEFORE.row(connection, {"key": key}) or (at,)
    step = execute(
        connection, key, LifecycleEvent.DECIDE, SYSTEM, _inputs(decided),
        detail=_detail(decided, digest), columns=_columns(decided, digest, at, waiting),
    )  # fmt: skip
    replace_judgement(connection, key, decided.judgement)
    return step.state


def _inputs(decided: Decided) -> dict[str, int]:
    return {
        "mode": decided.mode,
        "approvals_due": decided.approvals_due,
        **{f"seen_{name}": version for name, version in decided.seen.items()},
    }


def _detail(decided: Decided, digest: str) -> dict[str, object]:
    return {"mode": decided.mode, "mime_sha256": digest}


def _columns(decided: Decided, digest: str, at: int, not_before: int) -> dict[str, object]:
    """What a decision of that time changes in the row of a message due at `not_before`."""
    columns: dict[str, object] = {
        "envelope": {
            "sender": decided.envelope.sender,
            "recipients": list(decided.envelope.recipients),
            "copies": list(decided.envelope.copies),
        },
        "mime_sha256": digest,
        "team": decided.team,
        "tags": list(decided.tags),
        "escalates_at": None,
    }
    if decided.undo_seconds:
        columns["not_before"] = max(not_before, at + decided.undo_seconds * 1000)
    if decided.hold_seconds is not None:
        ends = "escalates_at" if decided.escalates else "expires_at"
        columns[ends] = at + decided.hold_seconds * 1000
    return columns


def thread_changed(
    connection: Connection, thread_id: str | None, who: Who, *, besides: str, fraud: bool
) -> None:
    """Have the waiting messages of a thread decided anew, since one of them got a new tag."""
    waiting = select(message.c.id).where(
        and_(
            message.c.thread_id == thread_id,
            message.c.id != besides,
            message.c.state.in_([*(state.value for state in WAITING), State.SENDING.value]),
        )
    )
    for key in connection.execute(waiting).scalars().all():
        execute(
            connection, key, LifecycleEvent.CHANGE_FACTS, who, {"fraud": fraud},
            detail={"because": "thread"},
        )  # fmt: skip
