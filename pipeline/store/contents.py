"""What messages say, and what was decided of them with all reasons: texts in rows of their own.

A message's row is written at every step of its life, and a database that writes a row writes all of
it. So the large texts stand beside it, and are written only when they change.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from pipeline.store.statements import Statement, to_json
from pipeline.store.tables import message, message_content

__all__ = [
    "CONTENT", "MESSAGE_WITH_CONTENT", "forget_words", "insert_contents", "replace_draft",
    "replace_judgement", "select_with_content",
]  # fmt: skip

CONTENT = (message_content.c.draft, message_content.c.judgement)
MESSAGE_WITH_CONTENT = message.join(message_content)
_INSERT = Statement(
    insert(message_content).values({column: bindparam(column.name) for column in message_content.c})
)


def _replace(*names: str) -> Statement:
    return Statement(
        update(message_content)
        .where(message_content.c.message == bindparam("key"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )


_REPLACE_DRAFT = _replace("draft")
_REPLACE_JUDGEMENT = _replace("judgement")
_FORGET = _replace("draft", "judgement")


def select_with_content() -> Select[tuple[object, ...]]:
    """The query for messages with every column of `message`, `draft` and `judgement`."""
    return select(message, *CONTENT).select_from(MESSAGE_WITH_CONTENT)


def insert_contents(
    connection: Connection,
    contents: Iterable[tuple[str, Mapping[str, object], Mapping[str, object] | None]],
) -> None:
    """Keep what new messages say: id, draft, and what was decided if that is known already."""
    _INSERT.run_many(
        connection,
        [
            {
                "message": key,
                "draft": to_json(draft),
                "judgement": None if judgement is None else to_json(judgement),
            }
            for key, draft, judgement in contents
        ],
    )


def replace_draft(connection: Connection, key: str, draft: Mapping[str, object]) -> None:
    """Have the message say `draft`; the step that allows it is taken in the same transaction."""
    _REPLACE_DRAFT.run(connection, {"key": key, "new_draft": to_json(draft)})


def replace_judgement(connection: Connection, key: str, judgement: Mapping[str, object]) -> None:
    """Keep what was decided of the message last."""
    _REPLACE_JUDGEMENT.run(connection, {"key": key, "new_judgement": to_json(judgement)})


def forget_words(connection: Connection, keys: Sequence[str]) -> None:
    """Leave nothing of what these messages say and of what was decided of them."""
    gone = {"new_draft": to_json({}), "new_judgement": None}
    _FORGET.run_many(connection, [{"key": key, **gone} for key in keys])
