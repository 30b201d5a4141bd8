"""Webhook deliveries: claimed for a while, settled by the answer, listed and told again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, and_, bindparam, delete, func, select, update

from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, now_ms
from pipeline.store.statements import Statement
from pipeline.store.tables import webhook_delivery, webhook_subscription

__all__ = [
    "Answer", "Due", "anything_due", "claim_deliveries", "count_pending", "forget_told",
    "list_deliveries", "replay", "settle_delivery",
]  # fmt: skip

_LEASE = 600_000
_PREVIOUS = ("previous_secret", "previous_until")


_DUE = Statement(
    select(webhook_delivery.c.id)
    .where(
        and_(webhook_delivery.c.status == "pending", webhook_delivery.c.next_at <= bindparam("now"))
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery to attempt now; `attempts` counts those before, `payload` is what is signed.

    `secrets` are two while the receiver changes from one to the other, the new one first.
    """

    id: str
    subscription: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    payload: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What an attempt came to.

    `next_at` is when to try again; None ends the delivery, as `delivered` or not. `gone` says that
    the receiver wants to be told nothing any more (status 410). `problem` is one line.
    """

    delivered: bool
    response_status: int | None = None
    problem: str | None = None
    next_at: int | None = None
    gone: bool = False


def anything_due(connection: Connection) -> bool:
    """Whether the time of any delivery has come."""
    return _DUE.row(connection, {"now": now_ms()}) is not None


def claim_deliveries(
    connection: Connection, *, besides: Sequence[str] = (), limit: int = 20
) -> list[Due]:
    """Up to `limit` deliveries whose time has come, oldest first, kept from others for a while.

    Those to the subscriptions `besides` are left alone. A delivery that is not settled within ten
    minutes, since the process died, comes up again: a receiver may be told twice, by the same id.
    """
    now = now_ms()
    rows = connection.execute(
        select(
            webhook_delivery,
            *(webhook_subscription.c[name] for name in ("url", "secret", *_PREVIOUS)),
        )
        .join(webhook_subscription)
        .where(
            and_(
                webhook_delivery.c.status == "pending",
                webhook_delivery.c.next_at <= now,
                webhook_subscription.c.ended_at.is_(None),
                webhook_delivery.c.subscription.not_in(besides),
            )
        )
        .order_by(webhook_delivery.c.next_at, webhook_delivery.c.id)
        .limit(limit)
        .with_for_update(of=webhook_delivery, skip_locked=True)
    ).all()
    if rows:
        connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.id.in_([row.id for row in rows]))
            .values(next_at=now + _LEASE)
        )
    return [
        Due(row.id, row.subscription, row.url, _secrets(row, now), row.payload, row.attempts)
        for row in rows
    ]


def _secrets(row: Row[Any], now: int) -> tuple[str, ...]:
    overlapping = row.previous_secret is not None and row.previous_until > now
    return (row.secret, row.previous_secret) if overlapping else (row.secret,)


def settle_delivery(connection: Connection, due: Due, answer: Answer, who: Who) -> None:
    """Record what an attempt came to; a receiver that is gone is not told anything any more."""
    status = "delivered" if answer.delivered else "pending" if answer.next_at else "failed"
    connection.execute(
        update(webhook_delivery)
        .where(webhook_delivery.c.id == due.id)
        .values(
            status=status,
            attempts=due.attempts + 1,
            response_status=answer.response_status,
            problem=answer.problem,
            last_attempt_at=now_ms(),
            **({"next_at": answer.next_at} if answer.next_at else {}),
        )
    )
    if answer.gone:
        connection.execute(
            update(webhook_subscription)
            .where(webhook_subscription.c.id == due.subscription)
            .values(ended_at=now_ms())
        )
        _record(connection, "end_webhook", who, {"webhook": due.subscription, "because": "410"})


def replay(connection: Connection, identity: str, who: Who) -> None:
    """Tell a delivery that ended once more, from the first attempt on, under the same id.

    Raises NotFoundError, also when its subscription was ended.
    """
    in_force = select(webhook_subscription.c.id).where(webhook_subscription.c.ended_at.is_(None))
    done = connection.execute(
        update(webhook_delivery)
        .where(
            and_(webhook_delivery.c.id == identity, webhook_delivery.c.subscription.in_(in_force))
        )
        .values(status="pending", attempts=0, next_at=now_ms(), problem=None)
    )
    if done.rowcount != 1:
        raise NotFoundError(f"there is no webhook delivery {identity} to a webhook in force")
    _record(connection, "replay_webhook", who, {"delivery": identity})


def list_deliveries(
    connection: Connection, *, before: str = "", limit: int = 50
) -> Sequence[RowMapping]:
    """Deliveries with the `url` of their receiver, newest first, those before the id `before`."""
    query = (
        select(webhook_delivery, webhook_subscription.c.url)
        .join(webhook_subscription)
        .order_by(webhook_delivery.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(webhook_delivery.c.id < before)
    return connection.execute(query).mappings().all()


def count_pending(connection: Connection) -> int:
    """How many deliveries wait to be told."""
    query = select(func.count()).where(webhook_delivery.c.status == "pending")
    return connection.execute(query).scalar_one()


def forget_told(connection: Connection, before: int) -> int:
    """Drop the deliveries that ended and were made before that time; returns how many."""
    done = connection.execute(
        delete(webhook_delivery).where(
            and_(webhook_delivery.c.status != "pending", webhook_delivery.c.created_at < before)
        )
    )
    return done.rowcount


def _record(connection: Connection, event: str, who: Who, detail: dict[str, object]) -> None:
    audit.record(
        connection, at=now_ms(), actor=who.actor.value, actor_id=who.id, event=event, detail=detail
    )
