"""Webhook deliveries made from the audit log, which is their outbox."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update
from uuid_utils import uuid7

from pipeline.store.execution import now_ms
from pipeline.store.statements import Statement
from pipeline.store.tables import audit as audit_table
from pipeline.store.tables import message, webhook_delivery, webhook_progress, webhook_subscription
from pipeline.store.upserts import insert_if_new
from policy.modes import Mode

__all__ = ["Batch", "fan_out", "look_on"]

_TOLD = ("lasting", "status_code")
_PROGRESS = Statement(select(webhook_progress.c.seq).where(webhook_progress.c.id == 1))
_READ_ON = Statement(
    update(webhook_progress)
    .where(webhook_progress.c.seq == bindparam("after"))
    .values(seq=bindparam("upto"))
)
_NEXT = Statement(
    select(audit_table.c.seq, audit_table.c.at, audit_table.c.event, audit_table.c.message)
    .where(audit_table.c.seq > bindparam("after"))
    .order_by(audit_table.c.seq)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of the audit log after number `after`, up to `upto`: their steps and deliveries.

    `after` is None before anything was ever read.
    """

    after: int | None
    upto: int
    steps: tuple[str, ...]
    deliveries: tuple[dict[str, object], ...]


def look_on(
    connection: Connection, event_of_step: Mapping[str, str], limit: int = 1000
) -> Batch | None:
    """Up to `limit` rows of the audit log that were not read yet, with their deliveries; or None.

    Only reads, so that it costs whoever writes nothing. `event_of_step` names the event that a step
    is told as. What stood in the log before the first call is told to nobody, and a subscription
    gets only what happened after it was made.
    """
    found = _PROGRESS.row(connection, {})
    if found is None:
        head = connection.execute(select(func.max(audit_table.c.seq))).scalar() or 0
        return Batch(None, head, (), ())
    after: int = found[0]
    rows = _NEXT.rows(connection, {"after": after, "limit": limit})
    if not rows:
        return None
    subscriptions = connection.execute(
        select(webhook_subscription).where(webhook_subscription.c.ended_at.is_(None))
    ).all()
    deliveries = [
        delivery
        for seq, at, step, about in rows
        if step in event_of_step and about is not None
        for delivery in _deliveries(
            connection, _Told(seq, at, event_of_step[step], about), subscriptions
        )
    ]
    return Batch(after, rows[-1][0], tuple(row[2] for row in rows), tuple(deliveries))


def fan_out(connection: Connection, batch: Batch) -> bool:
    """Keep the deliveries of a batch; False, and nothing, when another process has read it."""
    if batch.after is None:
        made = connection.execute(insert_if_new(webhook_progress).values(id=1, seq=batch.upto))
        return made.rowcount == 1
    if _READ_ON.run(connection, {"after": batch.after, "upto": batch.upto}) != 1:
        return False
    if batch.deliveries:
        connection.execute(insert(webhook_delivery), list(batch.deliveries))
    return True


@dataclass(frozen=True, slots=True)
class _Told:
    """A row of the audit log that is an event."""

    seq: int
    at: int
    event: str
    message: str


def _deliveries(
    connection: Connection, step: _Told, subscriptions: Sequence[Row[tuple[object, ...]]]
) -> list[dict[str, object]]:
    wanted = [
        one for one in subscriptions if step.event in one.events and one.created_at <= step.at
    ]
    if not wanted:
        return []
    detail = connection.execute(
        select(audit_table.c.detail).where(audit_table.c.seq == step.seq)
    ).scalar_one()
    about = connection.execute(select(message).where(message.c.id == step.message)).one()
    payload = json.dumps(
        {
            "type": step.event,
            "timestamp": datetime.fromtimestamp(step.at / 1000, UTC).isoformat(),
            "data": {
                "email_id": about.id,
                "mailbox_id": about.mailbox_id,
                "direction": "inbound" if about.inbound else "outbound",
                "kind": about.kind,
                "status": detail.get("state", about.state),
                **{name: detail[name] for name in _TOLD if name in detail},
                "mode": Mode(detail.get("mode", about.mode)).label,
            },
        },
        separators=(",", ":"),
    )
    return [
        {
            "id": str(uuid7()),
            "subscription": one.id,
            "seq": step.seq,
            "event": step.event,
            "message": about.id,
            "payload": payload,
            "status": "pending",
            "attempts": 0,
            "next_at": step.at,
            "created_at": now_ms(),
        }
        for one in wanted
        if one.mailbox_id in (None, about.mailbox_id)
    ]
