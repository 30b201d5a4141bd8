"""The audit log: every step and every act of an administrator, each row sealing all before it.

`hash` is SHA-256 over the hash of the row before and the row's own content in one canonical form,
so no row can be changed, dropped or put in without every later hash failing.

A row is recorded with the work that it is about and sealed when the transaction ends: so the end
of the log is read once for all of them, and on PostgreSQL it is locked for that moment only.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from pipeline.store.statements import Statement, from_json, to_json
from pipeline.store.tables import audit

__all__ = [
    "FIRST_HASH", "LAST", "BrokenChainError", "back_to", "details_of", "discard", "mark", "record",
    "rows", "seal", "verify",
]  # fmt: skip

FIRST_HASH = "0" * 64
LAST = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
"""The query for the last row, whose hash seals the whole log."""
_LAST = Statement(LAST)
_INSERT = Statement(insert(audit).values({column: bindparam(column.name) for column in audit.c}))
_RECORDED = "gatepost.audit"
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode
_REPLACED = "\ufffd"


class BrokenChainError(Exception):
    """The log was tampered with: says at which row the chain breaks."""


def record(
    connection: Connection,
    *,
    at: int,
    actor: str,
    actor_id: str,
    event: str,
    message: str | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Append a row when the transaction ends; no personal data in `detail`: it stays for good."""
    row = {
        "at": at,
        "actor": actor,
        "actor_id": actor_id,
        "event": event,
        "message": message,
        "detail": dict(detail or {}),
    }
    _recorded(connection).append(row)


def seal(connection: Connection) -> None:
    """Append what was recorded, at the end of the transaction that it is about."""
    recorded = _recorded(connection)
    if not recorded:
        return
    seq, previous = _LAST.row(connection, {}) or (0, FIRST_HASH)
    sealed = []
    for row in recorded:
        seq += 1
        text = to_json(row["detail"])
        if _REPLACED in text:
            row["detail"] = from_json(text)  # the hash is of what is stored
        numbered = {**row, "seq": seq, "previous_hash": previous}
        previous = _hash(numbered)
        sealed.append({**numbered, "detail": text, "hash": previous})
    _INSERT.run_many(connection, sealed)
    recorded.clear()


def mark(connection: Connection) -> int:
    """How much is recorded and not sealed; see `back_to`."""
    return len(_recorded(connection))


def back_to(connection: Connection, recorded: int) -> None:
    """Forget what was recorded after that mark, as its work is undone."""
    del _recorded(connection)[recorded:]


def discard(connection: Connection) -> None:
    """Forget everything that was recorded and not sealed."""
    back_to(connection, 0)


def details_of(connection: Connection, message: str) -> list[dict[str, Any]]:
    """The details of every row about a message, those of this transaction, too."""
    query = select(audit.c.detail).where(audit.c.message == message).order_by(audit.c.seq)
    return [
        *connection.execute(query).scalars(),
        *(row["detail"] for row in _recorded(connection) if row["message"] == message),
    ]


def rows(connection: Connection) -> Iterator[dict[str, object]]:
    """Every row of the log in order, with the hashes that seal it."""
    for row in connection.execute(select(audit).order_by(audit.c.seq)).mappings():
        yield dict(row)


def verify(connection: Connection) -> int:
    """How many rows the log has, if every one of them fits; raises BrokenChainError otherwise."""
    previous, count = FIRST_HASH, 0
    for row in rows(connection):
        count += 1
        sealed = {name: value for name, value in row.items() if name != "hash"}
        if row["seq"] != count or row["previous_hash"] != previous or row["hash"] != _hash(sealed):
            raise BrokenChainError(
                f"the audit log breaks at row {count}: it was changed after the fact"
            )
        previous = str(row["hash"])
    return count


def _recorded(connection: Connection) -> list[dict[str, Any]]:
    recorded: list[dict[str, Any]] = connection.info.setdefault(_RECORDED, [])
    return recorded


def _hash(row: Mapping[str, object]) -> str:
    return hashlib.sha256(_canonical(row).encode("ascii")).hexdigest()
