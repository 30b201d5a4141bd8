"""What a message is and what was decided of it, without its words: the short answer of the API."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select

from pipeline.store.contents import MESSAGE_WITH_CONTENT
from pipeline.store.execution import NotFoundError
from pipeline.store.messages import Decided, NewMessage
from pipeline.store.statements import Statement, from_json
from pipeline.store.tables import message, message_content
from policy.lifecycle import State

__all__ = ["summary_of", "summary_of_new"]

_SUMMARY = (
    "id", "inbound", "state", "mode", "message_id", "thread_id", "kind", "tags", "labels", "test",
    "created_at",
)  # fmt: skip
_IN_JSON = ("judgement", "tags", "labels")
_SUMMARIZE = Statement(
    select(*(message.c[name] for name in _SUMMARY), message_content.c.judgement)
    .select_from(MESSAGE_WITH_CONTENT)
    .where(message.c.id == bindparam("key"))
)


def summary_of(connection: Connection, key: str) -> Mapping[str, Any]:
    """What a message is and what was decided of it, without what it says; raises NotFoundError."""
    row = _SUMMARIZE.row(connection, {"key": key})
    if row is None:
        raise NotFoundError(f"there is no message {key}")
    found = dict(zip((*_SUMMARY, "judgement"), row, strict=True))
    return {**found, **{name: from_json(found[name]) for name in _IN_JSON}}


def summary_of_new(
    new: NewMessage, decided: Decided, state: State, created_at: int
) -> Mapping[str, Any]:
    """What `summary_of` would say of a message that was just taken in and decided."""
    return {
        "id": new.id,
        "inbound": 0,
        "state": state.value,
        "mode": decided.mode,
        "judgement": decided.judgement,
        "message_id": new.message_id,
        "thread_id": new.thread_id,
        "kind": new.kind,
        "tags": list(decided.tags),
        "labels": list(new.labels),
        "test": int(new.test),
        "created_at": created_at,
    }
