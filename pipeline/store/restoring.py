"""After a backup was put back: nothing leaves that may have left since the backup was made.

What was queued then may have been sent afterwards, and nobody can tell from the backup. That is
what the state `unknown` is for: a person, who can look into the mail server's log, says of each
whether it was sent or is to be tried again. Sending is paused besides, until a person resumes it.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from pipeline.store.delivery_queue import settle_recipients
from pipeline.store.execution import (
    SYSTEM,
    WORKER,
    RefusedError,
    execute,
    execute_on_service,
    now_ms,
)
from pipeline.store.overdue import recover
from pipeline.store.tables import message, service
from policy.lifecycle import LifecycleEvent, State

__all__ = ["InDoubt", "doubt_queued", "pause_restored"]

_WHY = "restored from a backup: it may have been sent since the backup was made"


@dataclass(frozen=True, slots=True)
class InDoubt:
    """How many messages are in doubt now, and how many must be decided anew."""

    doubtful: int
    stale: int


def pause_restored(connection: Connection) -> None:
    """Pause all sending, until a person resumes it; doubts up to now are for people, too."""
    execute_on_service(connection, LifecycleEvent.PAUSE, SYSTEM)
    connection.execute(update(service).values(restored_at=now_ms()))


def doubt_queued(connection: Connection, limit: int) -> InDoubt:
    """Put up to `limit` messages that were due in doubt; scheduled ones, not due yet, stay.

    To be called before `pause_restored`, as often as it finds any.
    """
    doubtful = stale = 0
    recover(connection, all_leases=True)  # claims of a process that is no more
    due = select(message.c.id, message.c.state).where(
        message.c.state.in_([State.QUEUED.value, State.DEFERRED.value]),
        message.c.not_before <= now_ms(),
        message.c.test == 0,
    )
    for key, state in connection.execute(due.limit(limit)).all():
        if state == State.DEFERRED.value:
            execute(connection, key, LifecycleEvent.RETRY, SYSTEM, {"due": True})
        try:
            execute(connection, key, LifecycleEvent.CLAIM, WORKER, {"due": True})
        except RefusedError:
            execute(connection, key, LifecycleEvent.STALE, SYSTEM)
            stale += 1
            continue
        execute(connection, key, LifecycleEvent.WRITE_DOT, WORKER, {"digest_matches": True})
        execute(connection, key, LifecycleEvent.DOUBT, SYSTEM, columns={"last_reply": _WHY})
        settle_recipients(connection, key, "unknown", _WHY)
        doubtful += 1
    return InDoubt(doubtful, stale)
