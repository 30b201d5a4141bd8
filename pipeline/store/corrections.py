"""What people say of the labels that the classifier gave a received message.

A review states all labels of a message as they should be. It teaches, and is kept with its
provenance; it frees nothing. Naming fraud that was missed opens a case, so that answers wait.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, insert, select

from pipeline.store import audit
from pipeline.store.contents import select_with_content
from pipeline.store.execution import RefusedError, Who, now_ms
from pipeline.store.inbound import Reading
from pipeline.store.ledger import open_case
from pipeline.store.messages import thread_changed
from pipeline.store.stored_messages import find_message
from pipeline.store.tables import correction, message
from policy.lifecycle import State

__all__ = ["Labels", "Reviewed", "correct", "corrections_of", "labels_of", "received", "reviewed"]

_FRAUD = "fraud_risk"


@dataclass(frozen=True, slots=True)
class Labels:
    """An intent, empty when none could be read, and the tags."""

    intent: str
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A received message, what was read of it, and what people made of that.

    `draft` holds its texts. `corrections` are rows of the table, oldest first; empty for a message
    that nobody reviewed, and then `labels` are what was read. `at` is when it came (ms since 1970).
    """

    message: str
    draft: Mapping[str, object]
    at: int
    read: Labels
    labels: Labels
    corrections: Sequence[RowMapping]


def labels_of(connection: Connection, row: RowMapping) -> Labels:
    """The labels of a received message as they stand: read, then corrected."""
    return _applied(_read(row), corrections_of(connection, row["id"]))


def correct(
    connection: Connection, key: str, labels: Labels, who: Who, *, text_sha256: str
) -> Labels:
    """Keep a person's word on the labels of a received message; returns those before it.

    `text_sha256` identifies the text that the person saw. Raises NotFoundError, and RefusedError
    for a message that was sent, not received, or erased.
    """
    row = find_message(connection, key)
    if not row["inbound"]:
        raise RefusedError(
            ("only the labels of a received message can be corrected",), State(row["state"])
        )
    if row["erased"]:
        raise RefusedError(("the message was erased",), State(row["state"]))
    before = labels_of(connection, row)
    reading = row["draft"].get("reading") or {}
    at = now_ms()
    changes = [("intent", before.intent, labels.intent)]
    changes += [("tag", "", tag) for tag in sorted(labels.tags - before.tags)]
    changes += [("tag", tag, "") for tag in sorted(before.tags - labels.tags)]
    connection.execute(
        insert(correction),
        [
            {
                "message": key,
                "field": field,
                "label_before": old,
                "label_after": new,
                "person": who.id,
                "at": at,
                "text_sha256": text_sha256,
                "model": reading.get("model", ""),
            }
            for field, old, new in changes
        ],
    )
    audit.record(
        connection,
        at=at,
        actor=who.actor.value,
        actor_id=who.id,
        event="review_labels",
        message=key,
        detail={"changed": sum(old != new for _, old, new in changes)},
    )
    if _FRAUD in labels.tags - before.tags:
        _missed_fraud(connection, row, who)
    return before


def corrections_of(connection: Connection, key: str) -> Sequence[RowMapping]:
    """What people said of a message's labels, oldest first."""
    query = select(correction).where(correction.c.message == key).order_by(correction.c.id)
    return connection.execute(query).mappings().all()


def reviewed(connection: Connection) -> Iterator[Reviewed]:
    """Every received message that somebody reviewed and nobody erased, oldest first."""
    seen = select(correction.c.message).distinct()
    query = select_with_content().where(message.c.id.in_(seen), message.c.erased == 0)
    for row in connection.execute(query.order_by(message.c.id)).mappings():
        yield _gathered(connection, row)


def received(connection: Connection, *, latest: int) -> list[Reviewed]:
    """The `latest` received messages that were not erased, oldest first, reviewed or not."""
    query = select_with_content().where(message.c.inbound == 1, message.c.erased == 0)
    query = query.order_by(message.c.created_at.desc(), message.c.id.desc()).limit(latest)
    rows = connection.execute(query).mappings().all()
    return [_gathered(connection, row) for row in reversed(rows)]


def _gathered(connection: Connection, row: RowMapping) -> Reviewed:
    made, read = corrections_of(connection, row["id"]), _read(row)
    return Reviewed(row["id"], row["draft"], row["created_at"], read, _applied(read, made), made)


def _missed_fraud(connection: Connection, row: RowMapping, who: Who) -> None:
    """What follows from fraud that a person found: the same as from fraud that was read."""
    writer = str(row["draft"].get("from_address") or "")
    if writer:
        open_case(
            connection, writer, "fraud", f"message {row['id']} was found to be about fraud", who
        )
    thread_changed(connection, row["thread_id"], who, besides=row["id"], fraud=True)


def _read(row: RowMapping) -> Labels:
    reading = Reading.of(row)
    return Labels(reading.intent, reading.tags) if reading else Labels("", frozenset())


def _applied(labels: Labels, made: Sequence[RowMapping]) -> Labels:
    intent, tags = labels.intent, set(labels.tags)
    for one in made:
        if one["field"] == "intent":
            intent = one["label_after"]
        else:
            tags.discard(one["label_before"])
            tags.update({one["label_after"]} - {""})
    return Labels(intent, frozenset(tags))
