"""Keeping a message that arrived: once, in its thread, with what follows from it at once.

A message that is tagged as fraud opens a fraud case for its sender, so that whatever is about to
go to that person, in any thread, waits for people until they close the case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection
from uuid_utils import uuid7

from pipeline.facts import is_authenticated, is_automatic
from pipeline.inbound.once import receipt_of
from pipeline.inbound.reports import Report
from pipeline.mail.addresses import address_key, person_key
from pipeline.mail.message import Message
from pipeline.mail.subjects import answered_subject, plain_subject
from pipeline.store.channels import record_turn
from pipeline.store.execution import SYSTEM, Who, now_ms
from pipeline.store.inbound import (
    NewInbound,
    Reading,
    find_by_header_id,
    find_receipt,
    insert_inbound,
    threads_with,
)
from pipeline.store.ledger import open_case
from pipeline.store.mailboxes import StoredMailbox, find_mailbox
from pipeline.store.messages import thread_changed
from pipeline.store.reports import Claim, record_report

__all__ = ["Arrival", "Received", "keep"]

_FRAUD = "fraud_risk"
_SHOWN_CHARACTERS = 200_000
_LISTED_FILES = 200
_LONGEST_ADDRESS = 320
_THREAD_LASTS = 30 * 86_400_000  # milliseconds in which a subject alone tells a thread


@dataclass(frozen=True, slots=True)
class Received:
    """The id of a message that is in the store, and whether it was there before (`repeated`)."""

    id: str
    repeated: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message at the door: its bytes, what was read of it, the mailbox, and who hands it in."""

    raw: bytes = field(repr=False)
    message: Message
    reading: Reading | None
    report: Report | None
    to: str
    key: str


def keep(connection: Connection, arrival: Arrival, who: Who, trusted: frozenset[str]) -> Received:
    """Keep the message, which is not decided yet; `trusted` are the names of our own mail servers.

    Raises NotFoundError when there is no such mailbox.
    """
    message = arrival.message
    identity = str(uuid7())
    box = find_mailbox(connection, arrival.to)
    receipt = receipt_of(arrival.raw, message, box.id)
    if (earlier := find_receipt(connection, receipt)) is not None:
        return Received(earlier, repeated=True)
    message_id, thread_id = _identity_and_thread(connection, message, box, identity)
    tags = arrival.reading.tags if arrival.reading else frozenset[str]()
    fraud = _FRAUD in tags
    insert_inbound(
        connection,
        NewInbound(
            id=identity,
            receipt=receipt,
            mailbox_id=box.id,
            taken_in_by=arrival.key,
            message_id=message_id,
            thread_id=thread_id,
            shown=_shown(message, trusted),
            reading=arrival.reading,
            automatic=is_automatic(message),
            tags=sorted(tags),
            fraud=fraud,
            raw=arrival.raw,
        ),
        who,
    )
    thread_changed(connection, thread_id, SYSTEM, besides=identity, fraud=fraud)
    writer = _writer(message)
    if writer and not is_automatic(message):
        record_turn(connection, writer, "email", "wrote", now_ms(), SYSTEM)
    if writer and fraud:
        open_case(connection, writer, "fraud", f"message {identity} is tagged {_FRAUD}", SYSTEM)
    if arrival.report is not None:
        _act_upon(connection, arrival.report, box, identity)
    return Received(identity, repeated=False)


def _identity_and_thread(
    connection: Connection, message: Message, box: StoredMailbox, identity: str
) -> tuple[str, str]:
    """The Message-ID under which a message is kept, and the thread that it belongs to.

    An id that is taken (the message came to another mailbox, too, or somebody writes under an id
    of ours) stays with the message that had it first.
    """
    header_id = f"<{_storable(message.message_id)}>" if message.message_id else ""
    before = find_by_header_id(connection, [header_id]) if header_id else None
    own_id = f"<{identity}@{box.address.rpartition('@')[2]}>"
    message_id = header_id if header_id and before is None else own_id
    named = (message.in_reply_to, *reversed(message.references))
    parents = [f"<{_storable(one)}>" for one in named if one]
    parent = find_by_header_id(connection, parents)
    if parent is not None:
        return message_id, parent["thread_id"]
    if before is not None and before["inbound"]:
        return message_id, before["thread_id"]
    if parents:
        return message_id, parents[-1]
    return message_id, _thread_by_subject(connection, message, box) or message_id


def _thread_by_subject(connection: Connection, message: Message, box: StoredMailbox) -> str | None:
    """The thread of what this mailbox wrote to the person under the subject that is answered."""
    answered = answered_subject(message.subject)
    if answered is None or not message.from_address:
        return None
    key = person_key(_storable(message.from_address))
    found = threads_with(connection, box.id, key, now_ms() - _THREAD_LASTS)
    return next((thread for thread, subject in found if plain_subject(subject) == answered), None)


def _writer(message: Message) -> str:
    """The address that a message is from; empty when it is longer than any that mail goes to.

    RFC 5321 (4.5.3.1) allows 254 octets, the ledger keeps a few more.
    """
    writer = _storable(message.from_address)
    return writer if len(address_key(writer)) <= _LONGEST_ADDRESS else ""


def _act_upon(connection: Connection, report: Report, box: StoredMailbox, identity: str) -> None:
    claims = [
        Claim(one.kind.value, one.addresses, one.is_lasting, one.status, one.detail)
        for one in report.recipients
    ]
    record_report(
        connection, report.header_ids, claims, mailbox_id=box.id, received_as=identity, who=SYSTEM
    )


def _shown(message: Message, trusted: frozenset[str]) -> Mapping[str, object]:
    """The readable parts that people and agents are shown."""
    name = f"{message.from_name} " if message.from_name else ""
    words = {
        "from": f"{name}<{message.from_address}>",
        "from_address": message.from_address,
        "subject": message.subject,
        "text": message.text[:_SHOWN_CHARACTERS],
        "quoted": message.quoted[:_SHOWN_CHARACTERS],
        "hidden": message.hidden_text[:_SHOWN_CHARACTERS],
    }
    return {
        "error": message.error and _storable(message.error),
        **{part: _storable(text) for part, text in words.items()},
        "to": [_storable(one) for one in message.to],
        "cc": [_storable(one) for one in message.cc],
        "attachments": [
            {
                "name": _storable(one.name),
                "size": one.size,
                "content_type": _storable(one.media_type),
            }
            for one in message.attachments[:_LISTED_FILES]
        ],
        "authenticated": is_authenticated(message, trusted),
    }


def _storable(text: str) -> str:
    """`text` without what PostgreSQL takes into no text: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
