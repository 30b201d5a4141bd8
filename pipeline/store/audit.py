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
_OF_THE_STEP = ("at", "actor", "actor_id", "event", "detail")  # of many messages at once, often
_OF_THE_MESSAGE = ("seq", "message", "previous_hash", "hash")
_RECORDED = "gatepost.audit"
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode
_quoted = json.encoder.encode_basestring_ascii
_REPLACED = r"\ufffd"  # what `to_json` writes for U+0000


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
    """Append a row when the transaction ends; no personal data in `detail`: it stays for good.

    `detail` must not be changed later; several rows may share one.
    """
    row = {
        "at": at,
        "actor": actor,
        "actor_id": actor_id,
        "event": event,
        "message": message,
        "detail": detail or {},
    }
    _recorded(connection).append(row)


def seal(connection: Connection) -> None:
    """Append what was recorded, at the end of the transaction that it is about."""
    recorded = _recorded(connection)
    if not recorded:
        return
    seq, previous = _LAST.row(connection, {}) or (0, FIRST_HASH)
    known: dict[int, tuple[str, str]] = {}  # the texts of details that rows share
    sealed = []
    for row in recorded:
        seq += 1
        detail = row["detail"]
        texts = known.get(id(detail)) or known.setdefault(id(detail), _texts(detail))
        numbered = {**row, "seq": seq, "previous_hash": previous, "detail": texts[0]}
        previous = numbered["hash"] = _hash(numbered, texts[1])
        sealed.append(numbered)
    first = sealed[0]
    if all(one[name] == first[name] for one in sealed for name in _OF_THE_STEP):
        alike = {name: first[name] for name in _OF_THE_STEP}
        sealed = [{name: one[name] for name in _OF_THE_MESSAGE} for one in sealed]
        _INSERT.run_many(connection, sealed, alike)
    else:
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
        *(dict(row["detail"]) for row in _recorded(connection) if row["message"] == message),
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
        digest = _hash(row, _canonical(row["detail"]))
        if row["seq"] != count or row["previous_hash"] != previous or row["hash"] != digest:
            raise BrokenChainError(
                f"the audit log breaks at row {count}: it was changed after the fact"
            )
        previous = str(row["hash"])
    return count


def _recorded(connection: Connection) -> list[dict[str, Any]]:
    recorded: list[dict[str, Any]] = connection.info.setdefault(_RECORDED, [])
    return recorded


def _texts(detail: Mapping[str, object]) -> tuple[str, str]:
    """A detail as it is stored, and in the canonical form, of what is stored."""
    stored = to_json(detail)
    return stored, _canonical(from_json(stored) if _REPLACED in stored else detail)


def _hash(row: Mapping[str, Any], detail: str) -> str:
    """The hash of a row whose detail has that canonical form: JSON, its keys in order, ASCII.

    Written by hand, as it is made for every step of every message; a test holds it to be JSON.
    """
    message = "null" if row["message"] is None else _quoted(row["message"])
    text = (
        f'{{"actor":{_quoted(row["actor"])},"actor_id":{_quoted(row["actor_id"])},'
        f'"at":{row["at"]!r},"detail":{detail},"event":{_quoted(row["event"])},'
        f'"message":{message},"previous_hash":"{row["previous_hash"]}","seq":{row["seq"]!r}}}'
    )
    return hashlib.sha256(text.encode("ascii")).hexdigest()
