"""How much was sent, received and decided, and the records behind it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select

from pipeline.store.tables import api_key, audit, blob, message
from policy.lifecycle import State

__all__ = ["bytes_kept", "counted", "counted_daily", "latest_records"]

_DAY_MS = 86_400_000
_DECISIONS = ("approve", "approve_partly", "release", "reject", "reject_inbound")
_SENT = and_(message.c.inbound == 0, message.c.state == State.SENT.value, message.c.test == 0)


def counted(connection: Connection, since: int, until: int) -> dict[str, int]:
    """Messages sent and received and decisions of people from `since` until `until` (ms)."""
    return {
        "emails_sent": _count(connection, and_(_SENT, message.c.changed_at.between(since, until))),
        "emails_received": _count(
            connection, and_(message.c.inbound == 1, message.c.created_at.between(since, until))
        ),
        "oversight_actions": connection.execute(
            select(func.count())
            .select_from(audit)
            .where(and_(audit.c.event.in_(_DECISIONS), audit.c.at.between(since, until)))
        ).scalar_one(),
        "api_calls": int(
            connection.execute(select(func.coalesce(func.sum(api_key.c.requests), 0))).scalar_one()
        ),
    }


def counted_daily(connection: Connection, since: int, until: int) -> list[tuple[int, str, int]]:
    """The same for each day (its first millisecond, UTC) and kind of event that happened on it."""
    found: list[tuple[int, str, int]] = []
    for name, time, condition in (
        ("email_sent", message.c.changed_at, _SENT),
        ("email_received", message.c.created_at, message.c.inbound == 1),
        ("oversight_action", audit.c.at, audit.c.event.in_(_DECISIONS)),
    ):
        day = (time // _DAY_MS).label("day")
        query = (
            select(day, func.count())
            .where(and_(condition, time.between(since, until)))
            .group_by(day)
        )
        found += [(row[0] * _DAY_MS, name, row[1]) for row in connection.execute(query)]
    return sorted(found)


def bytes_kept(connection: Connection) -> int:
    """How many bytes of messages and files the store holds."""
    total = connection.execute(select(func.coalesce(func.sum(func.length(blob.c.data)), 0)))
    return int(total.scalar_one())


def latest_records(
    connection: Connection, *, before: int | None = None, limit: int = 50
) -> Sequence[RowMapping]:
    """Rows of the audit log, latest first, those before the row `before`."""
    query = select(audit)
    if before is not None:
        query = query.where(audit.c.seq < before)
    return connection.execute(query.order_by(audit.c.seq.desc()).limit(limit)).mappings().all()


def _count(connection: Connection, condition: ColumnElement[bool]) -> Any:
    return connection.execute(
        select(func.count()).select_from(message).where(condition)
    ).scalar_one()
