"""The right to erasure: everything that a person wrote, got or is known by goes; digests stay.

What stays is what proves that nothing was sent past the gate, and what keeps the person from being
written to again: states, versions, the audit log, digests of bytes, and the digest of the address
(GDPR Art. 17(3)(b) and (e)). A message to several people goes as a whole. The words of one person
that somebody else quotes in a message of their own are not found.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

from sqlalchemy import Connection, and_, delete, select, update

from pipeline.mail.addresses import address_key, person_key
from pipeline.store import audit
from pipeline.store.blobs import digest_of
from pipeline.store.contents import MESSAGE_WITH_CONTENT, forget_words
from pipeline.store.edits import forget_edits
from pipeline.store.execution import Who, execute, now_ms
from pipeline.store.tables import (
    allowlist_entry,
    approval,
    attempt,
    blob,
    case,
    channel_contact,
    consent,
    consent_request,
    contact,
    correction,
    delivery_report,
    draft_attachment,
    erasure,
    idempotency,
    message,
    message_content,
    message_tag,
    privacy_request,
    recipient,
    suppression,
)
from pipeline.store.upserts import insert_if_new
from policy.lifecycle import LifecycleEvent

__all__ = ["erase_content", "erase_person", "messages_of"]

_GONE: dict[str, object] = {
    "envelope": None, "labels": [], "tags": [], "last_reply": None,
}  # fmt: skip


def messages_of(connection: Connection, address: str) -> list[str]:
    """The ids of all messages to or from a person, and of reports on mail to them, oldest first.

    `address` is any of theirs.
    """
    key = person_key(address)
    to_them = select(recipient.c.message).where(recipient.c.person_key == key)
    writer = message_content.c.draft["from_address"].as_string()
    written = select(message.c.id, writer).select_from(MESSAGE_WITH_CONTENT)
    received = connection.execute(written.where(message.c.inbound == 1))
    from_them = [one for one, written_by in received if person_key(written_by or "") == key]
    addresses = {address_key(address), *_addresses_of(connection, key)}
    about_them = select(delivery_report.c.received_as).where(
        delivery_report.c.address_sha256.in_([digest_of(one.encode()) for one in addresses])
    )
    found = (connection.execute(query).scalars() for query in (to_them, about_them))
    return sorted({*from_them, *chain.from_iterable(found)})


def erase_person(connection: Connection, address: str, who: Who) -> int:
    """Erase all that is kept about the person behind `address`; returns how many messages it was.

    What still waits never leaves, and what is being handed over is stopped before its final dot.
    Content stays in the write-ahead log until `Store.forget`.
    """
    key = person_key(address)
    digest = digest_of(key.encode())
    at = now_ms()
    keys = messages_of(connection, address)
    erase_content(connection, keys, who)
    for one in _addresses_of(connection, key):
        connection.execute(
            update(recipient)
            .where(and_(recipient.c.person_key == key, recipient.c.address_key == one))
            .values(address_key=digest_of(one.encode()), person_key=digest, address="erased")
        )
    connection.execute(delete(consent).where(consent.c.person_key == key))
    connection.execute(delete(suppression).where(suppression.c.person_key == key))
    connection.execute(delete(consent_request).where(consent_request.c.person_key == key))
    connection.execute(delete(contact).where(contact.c.person_key == key))
    connection.execute(delete(channel_contact).where(channel_contact.c.person_key == key))
    patterns = connection.execute(select(allowlist_entry.c.pattern).distinct()).scalars()
    connection.execute(
        update(allowlist_entry)
        .where(allowlist_entry.c.pattern.in_([one for one in patterns if person_key(one) == key]))
        .values(pattern=digest, note="erased", removed_at=at)
    )
    connection.execute(
        update(case)
        .where(case.c.person_key == key)
        .values(person_key=digest, why="erased", closed_by=who.id, closed_at=at)
    )
    connection.execute(
        update(privacy_request)
        .where(privacy_request.c.person_key == key)
        .values(person_key=digest, closed_at=at, outcome="erased")
    )
    connection.execute(insert_if_new(erasure), {"address_sha256": digest, "at": at})
    audit.record(
        connection,
        at=at,
        actor=who.actor.value,
        actor_id=who.id,
        event="erase_person",
        detail={"address_sha256": digest, "messages": len(keys)},
    )
    return len(keys)


def _addresses_of(connection: Connection, key: str) -> Sequence[str]:
    """The addresses of the person `key` that anything was written to."""
    query = select(recipient.c.address_key).where(recipient.c.person_key == key).distinct()
    return connection.execute(query).scalars().all()


def erase_content(connection: Connection, keys: Sequence[str], who: Who) -> None:
    """Erase what messages say and all their bytes; that they were, and to whom they went, stays."""
    for identity in keys:
        execute(connection, identity, LifecycleEvent.ERASE, who, columns=_GONE)
        _erase_around(connection, identity)
    forget_words(connection, keys)
    forget_edits(connection, keys)
    _erase_blobs(connection, keys)


def _erase_around(connection: Connection, identity: str) -> None:
    """What other tables say of a message in words."""
    of_message = recipient.c.message == identity
    for table in (correction, message_tag):
        connection.execute(delete(table).where(table.c.message == identity))
    connection.execute(update(recipient).where(of_message).values(reply=None))
    connection.execute(
        update(attempt).where(attempt.c.message == identity).values(reply="erased", route="erased")
    )
    connection.execute(
        update(delivery_report).where(delivery_report.c.message == identity).values(detail="")
    )
    connection.execute(
        update(idempotency).where(idempotency.c.message == identity).values(key=identity)
    )
    row = connection.execute(
        select(message.c.inbound, message.c.message_id).where(message.c.id == identity)
    ).one()
    if row.inbound:  # their own Message-ID may name them; the thread stays a thread
        name = f"<{identity}@erased.invalid>"
        connection.execute(update(message).where(message.c.id == identity).values(message_id=name))
        connection.execute(
            update(message).where(message.c.thread_id == row.message_id).values(thread_id=name)
        )


def _erase_blobs(connection: Connection, keys: Iterable[str]) -> None:
    """Drop every version of the bytes of these messages, but for files that others have, too."""
    digests: set[str] = set()
    for identity in keys:
        for column, of in (
            (message.c.mime_sha256, message.c.id),
            (approval.c.mime_sha256, approval.c.message),
            (draft_attachment.c.sha256, draft_attachment.c.message),
        ):
            digests.update(
                found
                for found in connection.execute(select(column).where(of == identity)).scalars()
                if found
            )
        digests.update(
            str(detail["mime_sha256"])
            for detail in audit.details_of(connection, identity)
            if detail.get("mime_sha256")
        )
        connection.execute(delete(draft_attachment).where(draft_attachment.c.message == identity))
    for digest in digests:
        in_use = [
            select(message.c.id).where(
                and_(message.c.mime_sha256 == digest, message.c.erased == 0)
            ),
            select(draft_attachment.c.message).where(draft_attachment.c.sha256 == digest),
        ]
        if not any(connection.execute(query.limit(1)).first() for query in in_use):
            connection.execute(delete(blob).where(blob.c.sha256 == digest))
