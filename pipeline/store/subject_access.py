"""The right of access: all that is kept about a person, in one document (GDPR Art. 15 and 20)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, select

from pipeline.mail.addresses import person_key
from pipeline.store.blobs import get_blob
from pipeline.store.corrections import corrections_of
from pipeline.store.edits import edits_of
from pipeline.store.erasing import messages_of
from pipeline.store.execution import NotFoundError
from pipeline.store.notes import tags_on
from pipeline.store.stored_messages import attempts_of, find_message, recipients_of
from pipeline.store.tables import (
    case,
    channel_contact,
    consent,
    consent_request,
    contact,
    privacy_request,
    suppression,
)

__all__ = ["known_of", "originals_of"]


def known_of(connection: Connection, address: str) -> dict[str, Any]:
    """What is kept about `address`; times are milliseconds since 1970 UTC."""
    key = person_key(address)

    def rows(table: Table) -> list[dict[str, Any]]:
        query = select(table).where(table.c.person_key == key)
        return [dict(row) for row in connection.execute(query).mappings()]

    return {
        "address": address,
        "messages": [_message(connection, one, key) for one in messages_of(connection, address)],
        "consents": rows(consent),
        "suppression": rows(suppression),
        "cases": rows(case),
        "requests": rows(privacy_request),
        "consent_requests": rows(consent_request),
        "contacts": rows(contact),
        "channels": rows(channel_contact),
    }


def originals_of(connection: Connection, address: str) -> Iterator[tuple[str, bytes]]:
    """The id and the bytes of every message to or from `address` that has any."""
    for identity in messages_of(connection, address):
        digest = find_message(connection, identity)["mime_sha256"]
        try:
            yield identity, get_blob(connection, digest or "")
        except NotFoundError:
            continue


def _message(connection: Connection, identity: str, key: str) -> dict[str, Any]:
    row = find_message(connection, identity)
    names = (
        "id", "inbound", "state", "kind", "intent", "message_id", "thread_id", "draft", "labels",
        "tags", "created_at", "changed_at", "mime_sha256",
    )  # fmt: skip
    return {
        **{name: row[name] for name in names},
        "noted": tags_on(connection, identity),
        "reviewed": [
            {name: one[name] for name in ("field", "label_before", "label_after", "at")}
            for one in corrections_of(connection, identity)
        ],
        "edited": [
            {name: one[name] for name in ("at", "before")} for one in edits_of(connection, identity)
        ],
        "delivery": [
            {name: one[name] for name in ("role", "outcome", "reply", "changed_at")}
            for one in recipients_of(connection, identity)
            if one["person_key"] == key
        ],
        "attempts": [
            {name: one[name] for name in ("ended_at", "outcome", "reply")}
            for one in attempts_of(connection, identity)
        ],
    }
