"""Requests of people about their data, each with the time by which the law wants an answer."""

import calendar
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, RowMapping, and_, insert, select, update
from uuid_utils import uuid7

from pipeline.mail.addresses import person_key
from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, now_ms
from pipeline.store.tables import privacy_request

__all__ = [
    "LAWS", "close_request", "due_at", "open_request", "open_requests", "open_requests_of",
]  # fmt: skip

LAWS = ("gdpr", "ccpa", "can_spam")
_SATURDAY = 5
_CCPA_DAYS = 45
_CAN_SPAM_BUSINESS_DAYS = 10


def due_at(law: str, received: datetime) -> datetime:
    """When the answer is due.

    GDPR Art. 12(3): one month. CCPA, Cal. Civ. Code 1798.130(a)(2): 45 days. CAN-SPAM, 15 USC
    7704(a)(4)(A): 10 business days, Monday to Friday; public holidays are not known here, so the
    time given is never too long.
    """
    if law == "gdpr":
        year, month = received.year + received.month // 12, received.month % 12 + 1
        last_day = calendar.monthrange(year, month)[1]
        return received.replace(year=year, month=month, day=min(received.day, last_day))
    if law == "ccpa":
        return received + timedelta(days=_CCPA_DAYS)
    due, days = received, 0
    while days < _CAN_SPAM_BUSINESS_DAYS:
        due += timedelta(days=1)
        days += due.weekday() < _SATURDAY
    return due


def open_request(
    connection: Connection, address: str, kind: str, law: str, received: datetime, who: Who
) -> str:
    """Note that a person asked for access, erasure or an end of mail; returns its id."""
    identity = str(uuid7())
    connection.execute(
        insert(privacy_request),
        {
            "id": identity,
            "person_key": person_key(address),
            "kind": kind,
            "law": law,
            "received_at": _milliseconds(received),
            "due_at": _milliseconds(due_at(law, received.astimezone(UTC))),
        },
    )
    _record(connection, "open_privacy_request", identity, who, {"kind": kind, "law": law})
    return identity


def close_request(connection: Connection, identity: str, outcome: str, who: Who) -> None:
    """Note how a request was answered, in a word; raises NotFoundError."""
    done = connection.execute(
        update(privacy_request)
        .where(and_(privacy_request.c.id == identity, privacy_request.c.closed_at.is_(None)))
        .values(closed_at=now_ms(), outcome=outcome)
    )
    if done.rowcount != 1:
        raise NotFoundError(f"there is no open request {identity}")
    _record(connection, "close_privacy_request", identity, who, {"outcome": outcome})


def open_requests(connection: Connection) -> list[RowMapping]:
    """What is not answered, the most urgent first."""
    query = (
        select(privacy_request)
        .where(privacy_request.c.closed_at.is_(None))
        .order_by(privacy_request.c.due_at)
    )
    return list(connection.execute(query).mappings())


def open_requests_of(connection: Connection, address: str) -> list[RowMapping]:
    """What one person asked for that is not answered."""
    query = select(privacy_request).where(
        and_(
            privacy_request.c.person_key == person_key(address),
            privacy_request.c.closed_at.is_(None),
        )
    )
    return list(connection.execute(query).mappings())


def _record(
    connection: Connection, event: str, identity: str, who: Who, detail: dict[str, object]
) -> None:
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event=event,
        detail={"request": identity, **detail},
    )


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
