"""An address book: names to addresses, for callers who write to people they know."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, and_, delete, func, insert, or_, select, update
from uuid_utils import uuid7

from pipeline.mail.addresses import address_key, person_key
from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, now_ms
from pipeline.store.tables import contact

__all__ = ["delete_contact", "keep_contact", "list_contacts"]


def keep_contact(
    connection: Connection, address: str, name: str, tags: Sequence[str], who: Who
) -> RowMapping:
    """Keep a person by name; one who is kept already gets the new name and tags."""
    key = address_key(address)
    known = connection.execute(select(contact.c.id).where(contact.c.address_key == key)).scalar()
    values = {"address": address, "name": name, "tags": list(tags)}
    if known is None:
        known = str(uuid7())
        row = {
            **values,
            "id": known,
            "address_key": key,
            "person_key": person_key(address),
            "created_at": now_ms(),
        }
        connection.execute(insert(contact), row)
    else:
        connection.execute(update(contact).where(contact.c.id == known).values(values))
    _record(connection, "keep_contact", known, who)
    return connection.execute(select(contact).where(contact.c.id == known)).mappings().one()


def list_contacts(
    connection: Connection, *, words: str = "", after: str = "", limit: int = 50
) -> Sequence[RowMapping]:
    """Contacts by id, hence oldest first, whose name or address has `words` in it."""
    condition = contact.c.id > after
    if words:
        wanted = words.casefold()
        condition = and_(
            condition,
            or_(
                contact.c.address_key.contains(wanted, autoescape=True),
                func.lower(contact.c.name).contains(wanted, autoescape=True),
            ),
        )
    query = select(contact).where(condition).order_by(contact.c.id).limit(limit)
    return connection.execute(query).mappings().all()


def delete_contact(connection: Connection, identity: str, who: Who) -> None:
    """Forget a contact; raises NotFoundError."""
    if connection.execute(delete(contact).where(contact.c.id == identity)).rowcount != 1:
        raise NotFoundError(f"there is no contact {identity}")
    _record(connection, "delete_contact", identity, who)


def _record(connection: Connection, event: str, identity: str, who: Who) -> None:
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event=event,
        detail={"contact": identity},
    )
