"""What time does to messages: retries, waiting that ends, and leases that run out."""

from sqlalchemy import Connection, and_, literal_column, select, update

from pipeline.store import audit
from pipeline.store.delivery_queue import settle_recipients
from pipeline.store.execution import SYSTEM, WORKER, execute, now_ms
from pipeline.store.tables import message
from policy.lifecycle import LifecycleEvent, State

__all__ = ["escalate_overdue", "expire_overdue", "next_due", "recover", "retry_due"]


def retry_due(connection: Connection) -> int:
    """Queue the deferred messages whose time has come; returns how many."""
    keys = _keys(connection, State.DEFERRED, message.c.not_before <= now_ms())
    for key in keys:
        execute(connection, key, LifecycleEvent.RETRY, WORKER, {"due": True})
    return len(keys)


def expire_overdue(connection: Connection) -> int:
    """End the waiting of held messages that nobody decided in time; returns how many."""
    keys = _keys(connection, State.HELD, message.c.expires_at <= now_ms())
    for key in keys:
        execute(connection, key, LifecycleEvent.EXPIRE, SYSTEM, {"time_is_up": True})
    return len(keys)


def escalate_overdue(connection: Connection, team: str) -> int:
    """Hand the held messages that nobody decided in time to `team`; returns how many.

    They stay held: who may approve them is the policy's matter, and does not change.
    """
    keys = _keys(connection, State.HELD, message.c.escalates_at <= now_ms())
    for key in keys:
        connection.execute(
            update(message).where(message.c.id == key).values(team=team, escalates_at=None)
        )
        audit.record(
            connection,
            at=now_ms(),
            actor=SYSTEM.actor.value,
            actor_id=SYSTEM.id,
            event="escalate",
            message=key,
            detail={"team": team},
        )
    return len(keys)


def recover(connection: Connection, *, all_leases: bool) -> tuple[int, int]:
    """What is being sent by nobody any more goes back to the queue, or is in doubt.

    Returns how many of each: those whose lease ran out, or `all_leases` when no other process may
    have any (an SQLite store that was just opened).
    """
    lapsed = doubtful = 0
    ended = message.c.state == literal_column(f"'{State.SENDING.value}'")  # for its index
    if not all_leases:
        ended = and_(ended, message.c.lease_until <= now_ms())
    rows = connection.execute(select(message.c.id, message.c.dot_written).where(ended)).all()
    for row in rows:
        if row.dot_written:
            reply = "the worker stopped between the final dot and the server's answer"
            execute(connection, row.id, LifecycleEvent.DOUBT, SYSTEM, columns={"last_reply": reply})
            settle_recipients(connection, row.id, "unknown", reply)
            doubtful += 1
        else:
            execute(connection, row.id, LifecycleEvent.LAPSE, SYSTEM)
            lapsed += 1
    return lapsed, doubtful


def next_due(connection: Connection) -> int | None:
    """When the next queued or deferred message is due, if there is one."""
    times = [
        connection.execute(
            select(message.c.not_before)
            .where(message.c.state == state.value)
            .order_by(message.c.not_before)
            .limit(1)
        ).scalar()
        for state in (State.QUEUED, State.DEFERRED)
    ]
    return min((time for time in times if time is not None), default=None)


def _keys(connection: Connection, state: State, condition: object) -> list[str]:
    query = select(message.c.id).where(
        and_(message.c.state == state.value, condition)  # type: ignore[arg-type]  # a comparison
    )
    return list(connection.execute(query.limit(500)).scalars())
