"""What callers note on messages: tags with values, that one was read, that one is spam."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, RowMapping, and_, delete, select

from pipeline.store.execution import NotFoundError, now_ms
from pipeline.store.tables import message_note, message_tag
from pipeline.store.upserts import upsert

__all__ = [
    "delete_tag", "mark_read", "mark_spam", "most_tags", "note_on", "notes_on", "put_tags",
    "tags_on",
]  # fmt: skip

most_tags = 50
"""How many tags one message may have."""


def tags_on(connection: Connection, key: str) -> dict[str, str]:
    """The tags of a message by name."""
    query = select(message_tag.c.name, message_tag.c.value).where(message_tag.c.message == key)
    return {row.name: row.value for row in connection.execute(query.order_by(message_tag.c.name))}


def put_tags(connection: Connection, key: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Set these tags and leave the others as they are; returns all."""
    rows = [{"message": key, "name": name, "value": value} for name, value in tags.items()]
    if rows:
        connection.execute(upsert(message_tag, ["value"]), rows)
    return tags_on(connection, key)


def delete_tag(connection: Connection, key: str, name: str) -> None:
    """Take a tag off; raises NotFoundError."""
    this = and_(message_tag.c.message == key, message_tag.c.name == name)
    if connection.execute(delete(message_tag).where(this)).rowcount != 1:
        raise NotFoundError(f"the message has no tag {name!r}")


def note_on(connection: Connection, key: str) -> RowMapping | None:
    """What is noted on a message, if anything: `read_at`, `spam` (`spam` or `not_spam`)."""
    return notes_on(connection, [key]).get(key)


def notes_on(connection: Connection, keys: Collection[str]) -> dict[str, RowMapping]:
    """What is noted on each of these messages."""
    query = select(message_note).where(message_note.c.message.in_(keys))
    return {row["message"]: row for row in connection.execute(query).mappings()}


def mark_read(connection: Connection, key: str) -> None:
    """Note that somebody has read a message now."""
    connection.execute(upsert(message_note, ["read_at"]), {"message": key, "read_at": now_ms()})


def mark_spam(connection: Connection, key: str, verdict: str) -> None:
    """Note what a reader says of a message: `spam` or `not_spam`."""
    connection.execute(upsert(message_note, ["spam"]), {"message": key, "spam": verdict})
