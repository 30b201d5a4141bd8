"""Messages as they stand in the store, who gets them, and how they were tried."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, and_, bindparam, select

from pipeline.store.contents import select_with_content
from pipeline.store.execution import NotFoundError
from pipeline.store.tables import attempt, message, recipient
from policy.lifecycle import State

__all__ = ["attempts_of", "find_message", "in_state", "recipients_of", "thread_messages"]

_FIND = select_with_content().where(message.c.id == bindparam("key"))


def find_message(connection: Connection, key: str) -> RowMapping:
    """A message, with `draft` and `judgement`; raises NotFoundError."""
    row = connection.execute(_FIND, {"key": key}).mappings().first()
    if row is None:
        raise NotFoundError(f"there is no message {key}")
    return row


def recipients_of(connection: Connection, key: str) -> Sequence[RowMapping]:
    """The recipients of a message, in no particular order."""
    query = select(recipient).where(recipient.c.message == key)
    return connection.execute(query).mappings().all()


def attempts_of(connection: Connection, key: str) -> Sequence[RowMapping]:
    """The attempts to hand a message over, oldest first."""
    query = select(attempt).where(attempt.c.message == key).order_by(attempt.c.id)
    return connection.execute(query).mappings().all()


def in_state(
    connection: Connection, state: State, *, after: str = "", limit: int = 50
) -> Sequence[RowMapping]:
    """Messages in `state` by id (hence oldest first), those after the id `after`.

    Without what they say.
    """
    query = (
        select(message)
        .where(and_(message.c.state == state.value, message.c.id > after))
        .order_by(message.c.id)
        .limit(limit)
    )
    return connection.execute(query).mappings().all()


def thread_messages(connection: Connection, header_id: str) -> Sequence[RowMapping]:
    """All messages of the thread to which the message with that Message-ID belongs."""
    thread = select(message.c.thread_id).where(message.c.message_id == header_id).scalar_subquery()
    query = select_with_content().where(message.c.thread_id == thread)
    return connection.execute(query.order_by(message.c.created_at)).mappings().all()
