"""The shop's own addresses, and how each is watched over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.mail.addresses import address_key
from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, execute, now_ms
from pipeline.store.statements import Statement
from pipeline.store.tables import mailbox, message
from policy.lifecycle import WAITING, LifecycleEvent, State

__all__ = [
    "MailboxExistsError",
    "StoredMailbox",
    "add_mailbox",
    "change_mailbox",
    "delete_mailbox",
    "find_mailbox",
    "list_mailboxes",
    "mailbox_by_id",
    "mailbox_changed",
    "mailbox_in_use",
]


class MailboxExistsError(Exception):
    """The address has a mailbox already, or had one."""


@dataclass(frozen=True, slots=True)
class StoredMailbox:
    """A mailbox; `oversight_address` gets the copies that a monitored message owes.

    `auto_cc`, `auto_bcc` and `signature` are added to what is written in this mailbox's name.
    """

    id: str
    address: str
    display_name: str
    oversight_mode: str
    purpose: str
    forward_to: str | None
    oversight_address: str | None
    created_at: int
    auto_cc: str | None = None
    auto_bcc: str | None = None
    signature: str = ""


_MAILBOX = select(*(mailbox.c[name] for name in StoredMailbox.__slots__))
_IN_USE = mailbox.c.deleted_at.is_(None)
_FIND = Statement(_MAILBOX.where(and_(mailbox.c.address_key == bindparam("key"), _IN_USE)))
_BY_ID = Statement(_MAILBOX.where(mailbox.c.id == bindparam("id")))


def add_mailbox(connection: Connection, new: StoredMailbox, who: Who) -> None:
    """Add a mailbox; raises MailboxExistsError, also for the address of a deleted one."""
    row = {name: getattr(new, name) for name in StoredMailbox.__slots__}
    try:
        connection.execute(insert(mailbox), {**row, "address_key": address_key(new.address)})
    except IntegrityError:
        raise MailboxExistsError(f"{new.address} has a mailbox already, or had one") from None
    _record(connection, "add_mailbox", new.id, who, mode=new.oversight_mode, purpose=new.purpose)


def change_mailbox(
    connection: Connection, identity: str, changes: Mapping[str, object], who: Who
) -> None:
    """Change settings of a mailbox; what waits in it is decided anew. Raises NotFoundError."""
    before = mailbox_in_use(connection, identity)
    connection.execute(update(mailbox).where(mailbox.c.id == identity).values(dict(changes)))
    detail: dict[str, object] = {"changed": sorted(changes)}
    if "oversight_mode" in changes:
        detail |= {"old_mode": before.oversight_mode, "new_mode": changes["oversight_mode"]}
    _record(connection, "mailbox_update", identity, who, **detail)
    mailbox_changed(connection, identity, who, "mailbox_update")


def delete_mailbox(connection: Connection, identity: str, who: Who) -> None:
    """Close a mailbox for good and take back what waits in it; raises NotFoundError.

    Its messages stay, and its address is never given to another mailbox.
    """
    mailbox_in_use(connection, identity)
    connection.execute(update(mailbox).where(mailbox.c.id == identity).values(deleted_at=now_ms()))
    for key in _outbound(connection, identity, WAITING):
        execute(connection, key, LifecycleEvent.CANCEL, who, detail={"because": "delete_mailbox"})
    _record(connection, "delete_mailbox", identity, who)


def mailbox_changed(connection: Connection, identity: str, who: Who, because: str) -> None:
    """Have decided anew whatever waits in a mailbox, since its settings are facts."""
    for key in _outbound(connection, identity, (*WAITING, State.SENDING)):
        execute(
            connection, key, LifecycleEvent.CHANGE_FACTS, who, {"fraud": False},
            detail={"because": because},
        )  # fmt: skip


def find_mailbox(connection: Connection, address: str) -> StoredMailbox:
    """The mailbox of that address; raises NotFoundError."""
    row = _FIND.row(connection, {"key": address_key(address)})
    if row is None:
        raise NotFoundError(f"there is no mailbox {address}")
    return StoredMailbox(*row)


def mailbox_by_id(connection: Connection, identity: str) -> StoredMailbox:
    """The mailbox with that id, which a message names, in use or deleted."""
    row = _BY_ID.row(connection, {"id": identity})
    assert row is not None, "the row of a mailbox is never deleted"
    return StoredMailbox(*row)


def mailbox_in_use(connection: Connection, identity: str) -> StoredMailbox:
    """The mailbox with that id, which a caller names; raises NotFoundError."""
    row = connection.execute(_MAILBOX.where(and_(mailbox.c.id == identity, _IN_USE))).first()
    if row is None:
        raise NotFoundError(f"there is no mailbox {identity}")
    return StoredMailbox(*row)


def list_mailboxes(connection: Connection, *, after: str, limit: int) -> list[StoredMailbox]:
    """Mailboxes in use by id, those after the id `after`."""
    query = _MAILBOX.where(and_(mailbox.c.id > after, _IN_USE)).order_by(mailbox.c.id).limit(limit)
    return [StoredMailbox(*row) for row in connection.execute(query)]


def _outbound(connection: Connection, identity: str, states: Iterable[State]) -> list[str]:
    query = select(message.c.id).where(
        and_(
            message.c.mailbox_id == identity,
            message.c.inbound == 0,
            message.c.state.in_([state.value for state in states]),
        )
    )
    return list(connection.execute(query).scalars())


def _record(connection: Connection, event: str, identity: str, who: Who, **detail: object) -> None:
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event=event,
        detail={"mailbox_id": identity, **detail},
    )
