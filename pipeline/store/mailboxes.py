"""The shop's own addresses, and how each is watched over."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from pipeline.mail.addresses import address_key
from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, now_ms
from pipeline.store.statements import Statement
from pipeline.store.tables import mailbox

__all__ = [
    "MailboxExistsError",
    "StoredMailbox",
    "add_mailbox",
    "find_mailbox",
    "list_mailboxes",
    "mailbox_by_id",
]


class MailboxExistsError(Exception):
    """The address has a mailbox already."""


@dataclass(frozen=True, slots=True)
class StoredMailbox:
    """A mailbox; `oversight_address` gets the copies that a monitored message owes."""

    id: str
    address: str
    display_name: str
    oversight_mode: str
    purpose: str
    forward_to: str | None
    oversight_address: str | None
    created_at: int


_MAILBOX = select(*(mailbox.c[name] for name in StoredMailbox.__slots__))
_FIND = Statement(_MAILBOX.where(mailbox.c.address_key == bindparam("key")))
_BY_ID = Statement(_MAILBOX.where(mailbox.c.id == bindparam("id")))


def add_mailbox(connection: Connection, new: StoredMailbox, who: Who) -> None:
    """Add a mailbox; raises MailboxExistsError."""
    row = {name: getattr(new, name) for name in StoredMailbox.__slots__}
    try:
        connection.execute(insert(mailbox), {**row, "address_key": address_key(new.address)})
    except IntegrityError:
        raise MailboxExistsError(f"{new.address} has a mailbox already") from None
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event="add_mailbox",
        detail={"mailbox": new.id, "mode": new.oversight_mode, "purpose": new.purpose},
    )


def find_mailbox(connection: Connection, address: str) -> StoredMailbox:
    """The mailbox of that address; raises NotFoundError."""
    row = _FIND.row(connection, {"key": address_key(address)})
    if row is None:
        raise NotFoundError(f"there is no mailbox {address}")
    return StoredMailbox(*row)


def mailbox_by_id(connection: Connection, identity: str) -> StoredMailbox:
    """The mailbox with that id, which a message names."""
    row = _BY_ID.row(connection, {"id": identity})
    assert row is not None, "a mailbox is never deleted"
    return StoredMailbox(*row)


def list_mailboxes(connection: Connection, *, after: str, limit: int) -> list[StoredMailbox]:
    """Mailboxes by id, those after the id `after`."""
    query = _MAILBOX.where(mailbox.c.id > after).order_by(mailbox.c.id).limit(limit)
    return [StoredMailbox(*row) for row in connection.execute(query)]
