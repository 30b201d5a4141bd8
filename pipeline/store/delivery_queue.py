"""The message table as a queue: claim what is due, mark the final dot, settle the answer.

Every function is one unit of work for `Store.write`. The marks follow the theory in
`policy.lifecycle`: `mark_dot` is durable before the final dot is written, so that after a crash a
message whose dot was not marked may be sent again, and one whose dot was marked is `unknown`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from pipeline.store import audit
from pipeline.store.blobs import get_blob
from pipeline.store.execution import SYSTEM, WORKER, NotFoundError, RefusedError, execute, now_ms
from pipeline.store.messages import Envelope
from pipeline.store.statements import Statement, from_json
from pipeline.store.tables import attempt, message, recipient
from policy.lifecycle import LifecycleEvent, State

__all__ = [
    "Claimed", "Outcome", "claim_due", "escalate_overdue", "expire_overdue", "mark_dot", "next_due",
    "recover", "retry_due", "settle",
]  # fmt: skip

_DUE = Statement(
    select(message.c.id, message.c.envelope, message.c.mime_sha256, message.c.attempts)
    .where(
        and_(
            message.c.state == State.QUEUED.value,
            message.c.not_before <= bindparam("now"),
            message.c.test == bindparam("test"),
        )
    )
    .order_by(message.c.not_before)
    .limit(bindparam("limit"))
)
_DIGEST = Statement(select(message.c.mime_sha256).where(message.c.id == bindparam("key")))
_INSERT_ATTEMPT = Statement(
    insert(attempt).values(
        {name: bindparam(name) for name in ("message", "route", "ended_at", "outcome", "reply")}
    )
)
_SETTLE_RECIPIENTS = Statement(
    update(recipient)
    .where(and_(recipient.c.message == bindparam("key"), recipient.c.outcome == "pending"))
    .values(outcome=bindparam("result"), changed_at=bindparam("at"), reply=bindparam("answer"))
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may hand over now; `attempts` counts those before."""

    id: str
    envelope: Envelope
    mime_sha256: str
    attempts: int
    mime: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt.

    `event` is one of confirm, doubt, defer, fail and lapse; `reply` is the server's answer or our
    reason, one line; `refused` are recipients refused for good, with the answer to each;
    `next_try` is when to try again, for defer.
    """

    event: LifecycleEvent
    reply: str
    route: str
    refused: tuple[tuple[str, str], ...] = ()
    next_try: int | None = None


def claim_due(connection: Connection, limit: int, *, test: bool = False) -> Sequence[Claimed]:
    """Claim up to `limit` messages whose time has come; each is checked by the table once more.

    Those written with a test key are claimed by asking for them, and by that alone: whoever hands
    over to a mail server never has one in hand.

    A message whose decision no longer stands goes back to be decided anew. Bytes that are gone or
    are not those that were decided keep their message from leaving.
    """
    claimed = []
    asked = {"now": now_ms(), "limit": limit, "test": int(test)}
    for key, envelope, digest, attempts in _DUE.rows(connection, asked):
        try:
            mime = get_blob(connection, digest or "")
            execute(connection, key, LifecycleEvent.CLAIM, WORKER, {"due": True})
        except NotFoundError:
            _put_off(connection, key, "its bytes are not in the store")
        except RefusedError as refusal:
            _decide_anew_or_wait(connection, key, refusal)
        else:
            claimed.append(Claimed(key, _envelope(envelope), digest, attempts, mime))
    return claimed


def mark_dot(connection: Connection, key: str, digest: str) -> None:
    """Record that the final dot is about to be written for bytes of that digest.

    Raises RefusedError when they are not the bytes that were decided, or when the message was
    stopped since it was claimed.
    """
    row = _DIGEST.row(connection, {"key": key})
    matches = row is not None and row[0] == digest
    execute(connection, key, LifecycleEvent.WRITE_DOT, WORKER, {"digest_matches": matches})


def settle(connection: Connection, claimed: Claimed, outcome: Outcome) -> None:
    """Record what became of an attempt, for the message and for each recipient."""
    at = now_ms()
    columns: dict[str, object] = {"last_reply": outcome.reply}
    if outcome.event is not LifecycleEvent.LAPSE:
        columns["attempts"] = claimed.attempts + 1
    if outcome.next_try is not None:
        columns["not_before"] = outcome.next_try
    execute(connection, claimed.id, outcome.event, WORKER, columns=columns)
    _INSERT_ATTEMPT.run(
        connection,
        {
            "message": claimed.id,
            "route": outcome.route,
            "ended_at": at,
            "outcome": outcome.event.value,
            "reply": outcome.reply,
        },
    )
    result = _RECIPIENT_OUTCOME.get(outcome.event)
    if result:
        _SETTLE_RECIPIENTS.run(
            connection, {"key": claimed.id, "result": result, "at": at, "answer": outcome.reply}
        )
    for address, reply in outcome.refused:
        connection.execute(
            update(recipient)
            .where(and_(recipient.c.message == claimed.id, recipient.c.address == address))
            .values(outcome="failed", changed_at=at, reply=reply)
        )


_RECIPIENT_OUTCOME = {
    LifecycleEvent.CONFIRM: "sent",
    LifecycleEvent.DOUBT: "unknown",
    LifecycleEvent.FAIL: "failed",
}


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


def recover(connection: Connection) -> tuple[int, int]:
    """After a crash: what was being sent goes back to the queue, or is in doubt.

    Returns how many of each. Only for start-up, when nothing else sends.
    """
    lapsed = doubtful = 0
    rows = connection.execute(
        select(message.c.id, message.c.dot_written).where(message.c.state == State.SENDING.value)
    ).all()
    for row in rows:
        if row.dot_written:
            reply = "the service stopped between the final dot and the server's answer"
            execute(connection, row.id, LifecycleEvent.DOUBT, SYSTEM, columns={"last_reply": reply})
            _SETTLE_RECIPIENTS.run(
                connection, {"key": row.id, "result": "unknown", "at": now_ms(), "answer": reply}
            )
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


def _envelope(text: str) -> Envelope:
    found = from_json(text)
    return Envelope(found["sender"], tuple(found["recipients"]), tuple(found["copies"]))


def _keys(connection: Connection, state: State, condition: object) -> list[str]:
    query = select(message.c.id).where(
        and_(message.c.state == state.value, condition)  # type: ignore[arg-type]  # a comparison
    )
    return list(connection.execute(query.limit(500)).scalars())


def _decide_anew_or_wait(connection: Connection, key: str, refusal: RefusedError) -> None:
    try:
        execute(connection, key, LifecycleEvent.STALE, WORKER)
    except RefusedError:
        _put_off(connection, key, "; ".join(refusal.reasons))


def _put_off(connection: Connection, key: str, why: str) -> None:
    """Look at the message again in a minute, and tell a person why it waits."""
    connection.execute(
        update(message)
        .where(message.c.id == key)
        .values(not_before=now_ms() + 60_000, last_reply=why)
    )
    audit.record(
        connection,
        at=now_ms(),
        actor=WORKER.actor.value,
        actor_id=WORKER.id,
        event="put_off",
        message=key,
        detail={"why": why},
    )
