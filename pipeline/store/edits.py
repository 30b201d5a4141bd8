"""What people and authors replaced in messages that waited: who, when, and the words before."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, RowMapping, insert, null, select, update

from pipeline.store.blobs import digest_of
from pipeline.store.execution import Who, now_ms
from pipeline.store.tables import edit

__all__ = ["edits_of", "forget_edits", "record_edit", "replaced_digests"]


def record_edit(
    connection: Connection, key: str, content: int, who: Who, before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:  # fmt: skip
    """Keep that `who` made version `content` of a message, and what the draft said before.

    Only the parts of the draft that changed are kept.
    """
    replaced = {
        name: before.get(name)
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }
    connection.execute(
        insert(edit),
        {"message": key, "content": content, "person": who.id, "at": now_ms(), "before": replaced},
    )


def edits_of(connection: Connection, key: str) -> Sequence[RowMapping]:
    """The edits of a message, oldest first; `before` is None where the words were erased."""
    query = select(edit).where(edit.c.message == key).order_by(edit.c.content)
    return connection.execute(query).mappings().all()


def forget_edits(connection: Connection, keys: Sequence[str]) -> None:
    """Leave nothing of what these messages said before; that they were edited, by whom, stays."""
    connection.execute(update(edit).where(edit.c.message.in_(keys)).values(before=null()))


def replaced_digests(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, str]:
    """What the audit log keeps of an edit: SHA-256 of the draft before and after, as JSON."""
    return {"draft_sha256_before": _digest(before), "draft_sha256": _digest(after)}


def _digest(draft: Mapping[str, object]) -> str:
    return digest_of(json.dumps(draft, sort_keys=True, separators=(",", ":")).encode())
