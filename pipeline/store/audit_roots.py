"""Roots of the audit log: once an hour one hash that stands for every row so far.

Kept where the holder of the store cannot reach it (a mail to the auditor, a log collector, a
time-stamping service), a root shows for good that the log still begins with the rows that it had:
also against whoever rewrites the whole chain, or cuts it off at its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from pipeline.store import audit
from pipeline.store.execution import now_ms
from pipeline.store.merkle import Tree
from pipeline.store.tables import audit as audit_table
from pipeline.store.tables import audit_root

__all__ = ["Root", "add_root", "roots", "verify", "verify_root"]

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Root:
    """The Merkle tree hash (RFC 9162, 2.1.1) over the hashes of the first `size` rows."""

    size: int
    root: str
    at: int


def add_root(connection: Connection) -> Root | None:
    """Append the root of the log as it is; None when the last is not an hour old or still holds."""
    last = connection.execute(
        select(audit_root).order_by(audit_root.c.size.desc()).limit(1)
    ).first()
    at = now_ms()
    if last is not None and at - last.at < _HOUR_MS:
        return None
    tree = Tree(last.size, map(bytes.fromhex, last.peaks)) if last is not None else Tree()
    before = tree.size
    _grow(connection, tree)
    if tree.size == before:
        return None
    found = Root(tree.size, tree.root().hex(), at)
    peaks = [peak.hex() for peak in tree.peaks]
    connection.execute(
        insert(audit_root), {"size": found.size, "root": found.root, "at": at, "peaks": peaks}
    )
    return found


def roots(connection: Connection) -> Sequence[Root]:
    """Every root that was kept, oldest first."""
    query = select(audit_root.c.size, audit_root.c.root, audit_root.c.at)
    return [Root(*row) for row in connection.execute(query.order_by(audit_root.c.size))]


def verify(connection: Connection) -> int:
    """How many rows the log has, if chain and roots fit; raises BrokenChainError otherwise."""
    count = audit.verify(connection)
    tree = Tree()
    for one in roots(connection):
        _demand(connection, tree, one.size, one.root)
    return count


def verify_root(connection: Connection, size: int, root: str) -> None:
    """Raises BrokenChainError unless the first `size` rows of the log have that root."""
    _demand(connection, Tree(), size, root)


def _demand(connection: Connection, tree: Tree, size: int, root: str) -> None:
    _grow(connection, tree, size)
    if tree.size != size:
        raise audit.BrokenChainError(
            f"the audit log has {tree.size} rows, and had {size}: its end was cut off"
        )
    if tree.root().hex() != root.lower():
        raise audit.BrokenChainError(
            f"the first {size} rows of the audit log are not those of the root {root[:16]}"
        )


def _grow(connection: Connection, tree: Tree, size: int | None = None) -> None:
    """Add the rows that the log has more, up to `size`."""
    query = select(audit_table.c.hash).where(audit_table.c.seq > tree.size)
    if size is not None:
        query = query.where(audit_table.c.seq <= size)
    for (digest,) in connection.execute(query.order_by(audit_table.c.seq)):
        tree.append(bytes.fromhex(digest))
