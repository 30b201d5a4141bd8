"""The audit log: every step and every act of an administrator, each row sealing all before it.

`hash` is SHA-256 over the hash of the row before and the row's own content in one canonical form,
so no row can be changed, dropped or put in without every later hash failing.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, bindparam, insert, select

from pipeline.store.statements import Statement, to_json
from pipeline.store.tables import audit

__all__ = ["FIRST_HASH", "LAST", "BrokenChainError", "record", "rows", "verify"]

FIRST_HASH = "0" * 64
LAST = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
"""The query for the last row, whose hash seals the whole log."""
_LAST = Statement(LAST)
_INSERT = Statement(insert(audit).values({column: bindparam(column.name) for column in audit.c}))


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
    """Append a row; never personal data in `detail`, which outlives an erasure."""
    seq, previous = _LAST.row(connection, {}) or (0, FIRST_HASH)
    row = {
        "seq": seq + 1,
        "at": at,
        "actor": actor,
        "actor_id": actor_id,
        "event": event,
        "message": message,
        "detail": dict(detail or {}),
        "previous_hash": previous,
    }
    _INSERT.run(connection, {**row, "detail": to_json(row["detail"]), "hash": _hash(row)})


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


def _hash(row: Mapping[str, object]) -> str:
    canonical = json.dumps(row, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
