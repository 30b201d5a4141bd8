"""The allowlist of a mailbox: addresses to which its gated mode does not apply.

An entry frees nothing by itself. Where it matches, the mailbox counts as `monitored` instead of
`gated_send`; what the policy requires, holds or blocks stays so. A message goes unheld only if
every one of its recipients is listed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, and_, bindparam, insert, select, update
from uuid_utils import uuid7

from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, now_ms
from pipeline.store.mailboxes import mailbox_changed
from pipeline.store.statements import Statement
from pipeline.store.tables import allowlist_entry

__all__ = ["LIFTED", "ListedAlreadyError", "allow", "allowlist", "disallow", "listed", "pattern_of"]

LIFTED = "gated_send"
"""The mode of a mailbox that its allowlist lifts; every other mode stays as it is."""

_PATTERNS = Statement(
    select(allowlist_entry.c.pattern).where(
        and_(
            allowlist_entry.c.mailbox_id == bindparam("mailbox_id"),
            allowlist_entry.c.removed_at.is_(None),
        )
    )
)


class ListedAlreadyError(Exception):
    """The pattern stands on the list already."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    text: str

    def matches(self, address: str) -> bool:
        if self.text.startswith("*@"):
            return address.rpartition("@")[2] == self.text[2:]
        return address == self.text


def pattern_of(text: str) -> str:
    """`text` as the list keeps it: one address, or `*@domain` for exactly that domain."""
    return text.strip().casefold()


def listed(connection: Connection, mailbox_id: str, addresses: Collection[str]) -> frozenset[str]:
    """Which of `addresses` the list of that mailbox matches."""
    patterns = [_Pattern(row[0]) for row in _PATTERNS.rows(connection, {"mailbox_id": mailbox_id})]
    return frozenset(
        address
        for address in addresses
        if any(pattern.matches(address.casefold()) for pattern in patterns)
    )


def allowlist(
    connection: Connection, mailbox_id: str, *, after: str = "", limit: int = 100
) -> Sequence[RowMapping]:
    """The entries in force by id, hence oldest first."""
    query = (
        select(allowlist_entry)
        .where(
            and_(
                allowlist_entry.c.mailbox_id == mailbox_id,
                allowlist_entry.c.removed_at.is_(None),
                allowlist_entry.c.id > after,
            )
        )
        .order_by(allowlist_entry.c.id)
        .limit(limit)
    )
    return connection.execute(query).mappings().all()


def allow(connection: Connection, mailbox_id: str, pattern: str, note: str, who: Who) -> RowMapping:
    """Add an entry; what waits in the mailbox is decided anew. Raises ListedAlreadyError."""
    pattern = pattern_of(pattern)
    same = and_(
        allowlist_entry.c.mailbox_id == mailbox_id,
        allowlist_entry.c.pattern == pattern,
        allowlist_entry.c.removed_at.is_(None),
    )
    if connection.execute(select(allowlist_entry.c.id).where(same)).first():
        raise ListedAlreadyError("the pattern stands on this list already")
    identity = str(uuid7())
    connection.execute(
        insert(allowlist_entry),
        {
            "id": identity,
            "mailbox_id": mailbox_id,
            "pattern": pattern,
            "note": note,
            "added_by": who.id,
            "added_at": now_ms(),
        },
    )
    _record(connection, "allow", mailbox_id, identity, who)
    return _find(connection, mailbox_id, identity)


def disallow(connection: Connection, mailbox_id: str, identity: str, who: Who) -> None:
    """End an entry at once; what waits in the mailbox is decided anew. Raises NotFoundError."""
    _find(connection, mailbox_id, identity)
    connection.execute(
        update(allowlist_entry).where(allowlist_entry.c.id == identity).values(removed_at=now_ms())
    )
    _record(connection, "disallow", mailbox_id, identity, who)


def _find(connection: Connection, mailbox_id: str, identity: str) -> RowMapping:
    query = select(allowlist_entry).where(
        and_(
            allowlist_entry.c.id == identity,
            allowlist_entry.c.mailbox_id == mailbox_id,
            allowlist_entry.c.removed_at.is_(None),
        )
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError(f"there is no entry {identity} on this list")
    return row


def _record(connection: Connection, event: str, mailbox_id: str, identity: str, who: Who) -> None:
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event=event,
        detail={"mailbox_id": mailbox_id, "entry": identity},
    )
    mailbox_changed(connection, mailbox_id, who, event)
