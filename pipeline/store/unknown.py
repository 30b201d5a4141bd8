"""Messages whose acknowledgement was lost (RFC 1047), and how the doubt about them ends."""

from collections.abc import Mapping

from sqlalchemy import Connection, and_, func, select, update

from pipeline.store.execution import SYSTEM, ConflictError, RefusedError, Who, execute, now_ms
from pipeline.store.tables import message, recipient, service
from policy.lifecycle import Actor, LifecycleEvent, State
from policy.modes import Mode

__all__ = ["resolve", "resolve_unknown"]

_PATIENCE = 5 * 60 * 1000
_AT_ONCE = 100


def resolve(connection: Connection, key: str, who: Who, *, again: bool) -> None:
    """End the doubt about a message: it arrived, or with `again` it goes out once more.

    Raises RefusedError, NotFoundError, ConflictError.
    """
    event = LifecycleEvent.RESOLVE_RETRY if again else LifecycleEvent.RESOLVE_SENT
    by_class = who.actor is Actor.SYSTEM
    columns = {"not_before": now_ms()} if again else None
    execute(connection, key, event, who, {"class_retries": by_class}, columns=columns)
    connection.execute(
        update(recipient)
        .where(and_(recipient.c.message == key, recipient.c.outcome == "unknown"))
        .values(outcome="pending" if again else "sent", changed_at=now_ms())
    )


def resolve_unknown(connection: Connection, classes: Mapping[str, str]) -> int:
    """Resolve what has been in doubt for five minutes; returns how many go out once more.

    `classes` maps kinds of message to `retry_once` or `assume_sent`; any other kind waits for a
    person, as does every message that needed a person's approval or was sent twice already, and
    whatever was in doubt when a backup was put back.
    """
    restored_at = select(func.coalesce(service.c.restored_at, 0)).scalar_subquery()
    due = (
        select(message.c.id, message.c.kind)
        .where(
            and_(
                message.c.state == State.UNKNOWN.value,
                message.c.retried == 0,
                message.c.mode < int(Mode.GATED_SEND),
                message.c.kind.in_([kind for kind, what in classes.items() if what != "hold"]),
                message.c.changed_at <= now_ms() - _PATIENCE,
                message.c.changed_at > restored_at,
            )
        )
        .order_by(message.c.changed_at)
        .limit(_AT_ONCE)
    )
    retried = 0
    for row in connection.execute(due).all():
        again = classes[row.kind] == "retry_once"
        try:
            resolve(connection, row.id, SYSTEM, again=again)
        except (RefusedError, ConflictError):
            continue  # a person was faster
        retried += again
    return retried
