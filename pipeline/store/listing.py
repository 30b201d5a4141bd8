"""Lists of messages, latest first, by what a caller looks for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, false, func, or_, select, true

from pipeline.store.contents import CONTENT, MESSAGE_WITH_CONTENT
from pipeline.store.execution import NotFoundError
from pipeline.store.tables import draft_attachment, message, message_content, message_note
from policy.lifecycle import State

__all__ = ["Wanted", "list_messages", "listed_message", "messages_of_thread"]

_HAS_FILES = or_(
    select(draft_attachment.c.message).where(draft_attachment.c.message == message.c.id).exists(),
    message_content.c.draft[("attachments", 0, "name")].as_string().is_not(None),
)
"""Whether files came with a message: with a draft in rows of their own, else as its bytes tell."""

_LISTED = select(
    message, *CONTENT, _HAS_FILES.label("has_files"), message_note.c.read_at, message_note.c.spam
).select_from(MESSAGE_WITH_CONTENT.outerjoin(message_note, message_note.c.message == message.c.id))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list shall hold; a part that is None or empty asks for nothing.

    `sender` and `subject` are looked for in any case, `after` and `before` are times in ms,
    `read` asks for a note that somebody read it, `reported` for a reader's word that it is spam,
    `scheduled` for a time that is still to come.
    """

    mailbox_id: str | None = None
    inbound: bool | None = None
    states: Collection[State] | None = None
    intent: str | None = None
    read: bool | None = None
    reported: bool | None = None
    scheduled: bool | None = None
    sender: str = ""
    subject: str = ""
    after: int | None = None
    before: int | None = None
    files: bool | None = None


def list_messages(
    connection: Connection,
    wanted: Sequence[Wanted],
    *,
    now: int,
    until: str = "",
    since: str = "",
    limit: int = 20,
    skip: int = 0,
) -> Sequence[RowMapping]:
    """Messages that are one of `wanted`, by id and latest first; none when nothing is wanted.

    With `until` those before that id, with `since` those after it. Rows have `has_files`,
    `read_at` and `spam` besides those of `contents.select_with_content`.
    """
    conditions: list[ColumnElement[bool]] = [
        or_(false(), *(_condition(one, now) for one in wanted))
    ]
    if until:
        conditions.append(message.c.id < until)
    if since:
        conditions.append(message.c.id > since)
    query = _LISTED.where(and_(*conditions)).order_by(message.c.id.desc())
    return connection.execute(query.limit(limit).offset(skip)).mappings().all()


def listed_message(connection: Connection, key: str) -> RowMapping:
    """One message as a list has it; raises NotFoundError."""
    row = connection.execute(_LISTED.where(message.c.id == key)).mappings().first()
    if row is None:
        raise NotFoundError(f"there is no message {key}")
    return row


def messages_of_thread(
    connection: Connection, thread_id: str, limit: int, mailbox_id: str | None = None
) -> Sequence[RowMapping]:
    """The latest messages of a thread, in one mailbox or all, oldest first, as a list has them."""
    query = _LISTED.where(message.c.thread_id == thread_id)
    if mailbox_id is not None:
        query = query.where(message.c.mailbox_id == mailbox_id)
    latest = query.order_by(message.c.id.desc()).limit(limit)
    return connection.execute(latest).mappings().all()[::-1]


def _condition(wanted: Wanted, now: int) -> ColumnElement[bool]:
    draft = message_content.c.draft
    found: list[ColumnElement[bool]] = [true()]
    if wanted.mailbox_id is not None:
        found.append(message.c.mailbox_id == wanted.mailbox_id)
    if wanted.inbound is not None:
        found.append(message.c.inbound == int(wanted.inbound))
    if wanted.states is not None:
        found.append(message.c.state.in_([state.value for state in wanted.states]))
    if wanted.intent is not None:
        found.append(message.c.intent == wanted.intent)
    if wanted.read is not None:
        there = message_note.c.read_at.is_not(None)
        found.append(there if wanted.read else ~there)
    if wanted.reported is not None:
        said = func.coalesce(message_note.c.spam, "") == "spam"
        found.append(said if wanted.reported else ~said)
    if wanted.scheduled is not None:
        later = and_(draft["send_at"].as_string().is_not(None), message.c.not_before > now)
        found.append(later if wanted.scheduled else ~later)
    for name, words in (("from", wanted.sender), ("subject", wanted.subject)):
        if words:
            text = func.lower(draft[name].as_string())
            found.append(text.contains(words.lower(), autoescape=True))
    if wanted.after is not None:
        found.append(message.c.created_at >= wanted.after)
    if wanted.before is not None:
        found.append(message.c.created_at < wanted.before)
    if wanted.files is not None:
        found.append(_HAS_FILES if wanted.files else ~_HAS_FILES)
    return and_(*found)
