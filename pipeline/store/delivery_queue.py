"""The message table as a queue: claim what is due, mark the final dot, settle the answer.

Every function is one unit of work for `Store.write_beside`: it touches claimed messages only. A
claim is a lease with a fencing number: whoever lets it run out may find that somebody else has the
message, and then neither writes its dot nor settles it. The marks follow the theory in
`policy.lifecycle`: `mark_dot` is durable before the final dot is written, so that after a crash a
message whose dot was not marked may be sent again, and one whose dot was marked is `unknown`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, insert, select, update

from pipeline.store import audit
from pipeline.store.execution import (
    WORKER,
    Asked,
    Current,
    RefusedError,
    execute,
    execute_all,
    now_ms,
    select_current,
)
from pipeline.store.messages import Envelope
from pipeline.store.statements import OneOf, Statement, from_json
from pipeline.store.tables import attempt, blob, message, recipient
from policy.lifecycle import LifecycleEvent, State

__all__ = [
    "Claimed", "LeaseLostError", "Outcome", "claim_due", "mark_dot", "mark_dots",
    "settle", "settle_all",
    "settle_recipients",
]  # fmt: skip

_LEASE_MS = 10 * 60_000
_ANSWER_MS = 30 * 60_000
_DUE = Statement(
    select_current(
        message.c.envelope, message.c.mime_sha256, message.c.attempts, message.c.fence, blob.c.data
    )
    .outerjoin(blob, blob.c.sha256 == message.c.mime_sha256)
    .where(
        and_(
            message.c.state == State.QUEUED.value,
            message.c.not_before <= bindparam("now"),
            message.c.test == bindparam("test"),
        )
    )
    .order_by(message.c.not_before)
    .limit(bindparam("limit"))
    .with_for_update(of=message, skip_locked=True)
)
_LEASED = Statement(
    select_current(message.c.mime_sha256, message.c.fence)
    .where(OneOf(message.c.id, "keys"))
    .order_by(message.c.id)
    .with_for_update(of=message)
)
_INSERT_ATTEMPT = Statement(
    insert(attempt).values(
        {name: bindparam(name) for name in ("message", "route", "ended_at", "outcome", "reply")}
    )
)
_TOLD: dict[str, BindParameter[Any]] = {
    "outcome": bindparam("result"),
    "changed_at": bindparam("at"),
    "reply": bindparam("answer"),
}
_OF_MESSAGE = recipient.c.message == bindparam("key")
_SETTLE_RECIPIENTS = Statement(
    update(recipient).where(and_(_OF_MESSAGE, recipient.c.outcome == "pending")).values(_TOLD)
)
_SETTLE_RECIPIENT = Statement(
    update(recipient).where(and_(_OF_MESSAGE, recipient.c.address == bindparam("to"))).values(_TOLD)
)
_ANSWERED = Statement(
    select(recipient.c.message, recipient.c.address, recipient.c.outcome).where(
        and_(OneOf(recipient.c.message, "keys"), recipient.c.outcome != "pending")
    )
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may hand over now; `attempts` counts those before.

    Its envelope is of those who have no answer yet from an earlier attempt.
    """

    id: str
    envelope: Envelope
    mime_sha256: str
    attempts: int
    fence: int
    mime: bytes = field(repr=False)


class LeaseLostError(RefusedError):
    """Somebody else has the message now, or its attempt was declared over."""

    def __init__(self) -> None:
        super().__init__(("the lease ran out, and the message is somebody else's now",))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt.

    `event` is one of confirm, doubt, defer, fail and lapse; `reply` is the server's answer or our
    reason, one line; `refused` are recipients refused for good, with the answer to each;
    `next_try` is when to try again, for defer. With a defer or doubt, `arrived` are recipients who
    have the message: only the others are tried again, and a defer does not count as a failed one.
    """

    event: LifecycleEvent
    reply: str
    route: str
    refused: tuple[tuple[str, str], ...] = ()
    next_try: int | None = None
    arrived: tuple[tuple[str, str], ...] = ()


def claim_due(connection: Connection, limit: int, *, test: bool = False) -> Sequence[Claimed]:
    """Claim up to `limit` messages whose time has come; each is checked by the table once more.

    Those written with a test key are claimed by asking for them, and by that alone: whoever hands
    over to a mail server never has one in hand.

    A message whose decision no longer stands goes back to be decided anew. Bytes that are gone or
    are not those that were decided keep their message from leaving.
    """
    at = now_ms()
    found = []
    asked = []
    for row in _DUE.rows(connection, {"now": at, "limit": limit, "test": int(test)}):
        standing = Current.of(row)
        envelope, digest, attempts, fence, mime = row[-5:]
        if mime is None:
            _put_off(connection, standing.key, "its bytes are not in the store")
            continue
        found.append((envelope, digest, attempts, fence + 1, mime))
        asked.append(Asked(standing, {"due": True}, {"fence": fence + 1}))
    claimed = []
    lease = {"lease_until": at + _LEASE_MS}
    outcomes = execute_all(connection, LifecycleEvent.CLAIM, WORKER, asked, lease)
    for one, of, (envelope, *rest) in zip(outcomes, asked, found, strict=True):
        if isinstance(one, RefusedError):
            _decide_anew_or_wait(connection, of.current.key, one)
        else:
            claimed.append(Claimed(of.current.key, _envelope(envelope), *rest))
    return _without_answered(connection, claimed)


def _without_answered(connection: Connection, claimed: Sequence[Claimed]) -> Sequence[Claimed]:
    """The claims, without the recipients who have an answer from an earlier attempt."""
    again = [one.id for one in claimed if one.fence > 1]
    if not again:
        return claimed
    answered: dict[str, dict[str, str]] = {}
    for key, address, outcome in _ANSWERED.rows(connection, {"keys": again}):
        answered.setdefault(key, {})[address] = outcome
    return [
        replace(one, envelope=_waiting(one.envelope, answered[one.id]))
        if one.id in answered
        else one
        for one in claimed
    ]


def _waiting(envelope: Envelope, answered: Mapping[str, str]) -> Envelope:
    """Who still waits; copies went out with the message, if it reached anybody."""
    recipients = tuple(one for one in envelope.recipients if one not in answered)
    copies = () if "sent" in answered.values() else envelope.copies
    return replace(envelope, recipients=recipients, copies=copies)


def mark_dot(connection: Connection, claimed: Claimed, digest: str) -> None:
    """`mark_dots` for one message; raises RefusedError, LeaseLostError."""
    (refusal,) = mark_dots(connection, [(claimed, digest)])
    if refusal is not None:
        raise refusal


def mark_dots(
    connection: Connection, marked: Sequence[tuple[Claimed, str]]
) -> list[RefusedError | None]:
    """Record that the final dots are about to be written for bytes of those digests.

    From here on the leases are long enough for any answer (RFC 5321, 4.5.3.2.6: ten minutes).
    Returns for each why its dot must not be written: the bytes are not those that were decided,
    the message was stopped since it was claimed, or the lease ran out.
    """
    refusals: list[RefusedError | None] = [LeaseLostError() for _ in marked]
    lease = {"lease_until": now_ms() + _ANSWER_MS}
    places, asked = [], []
    leases = _leased(connection, [claimed for claimed, _ in marked])
    for place, ((standing, decided), (_, digest)) in enumerate(zip(leases, marked, strict=True)):
        if standing is not None:
            places.append(place)
            asked.append(Asked(standing, {"digest_matches": decided == digest}))
    outcomes = execute_all(connection, LifecycleEvent.WRITE_DOT, WORKER, asked, lease)
    for place, outcome in zip(places, outcomes, strict=True):
        refusals[place] = outcome if isinstance(outcome, RefusedError) else None
    return refusals


def settle(connection: Connection, claimed: Claimed, outcome: Outcome) -> None:
    """Record what became of an attempt, for the message and for each recipient.

    Raises RefusedError, LeaseLostError.
    """
    (refusal,) = settle_all(connection, [(claimed, outcome)])
    if refusal is not None:
        raise refusal


def settle_all(
    connection: Connection, settled: Sequence[tuple[Claimed, Outcome]]
) -> list[RefusedError | None]:
    """Settle many attempts in few statements; returns for each why it was not, if so."""
    refusals: list[RefusedError | None] = [LeaseLostError() for _ in settled]
    leases = _leased(connection, [claimed for claimed, _ in settled])
    alike: dict[tuple[LifecycleEvent, bool], list[int]] = {}
    for place, ((standing, _), (_, outcome)) in enumerate(zip(leases, settled, strict=True)):
        if standing is not None:
            alike.setdefault((outcome.event, outcome.next_try is None), []).append(place)
    for (event, _), places in alike.items():
        asked = [_settling(leases[place][0], *settled[place]) for place in places]
        outcomes = execute_all(connection, event, WORKER, asked, {"lease_until": None})
        done = []
        for place, one in zip(places, outcomes, strict=True):
            refusals[place] = one if isinstance(one, RefusedError) else None
            if refusals[place] is None:
                done.append(settled[place])
        _record_attempts(connection, event, done)
    return refusals


def settle_recipients(connection: Connection, key: str, result: str, reply: str) -> None:
    """Record what became of those recipients of a message that were not refused one by one."""
    _SETTLE_RECIPIENTS.run(
        connection, {"key": key, "result": result, "at": now_ms(), "answer": reply}
    )


def _leased(
    connection: Connection, claims: Sequence[Claimed]
) -> list[tuple[Current | None, str | None]]:
    """Where each claimed message stands, with the digest of its bytes; None if the lease is lost.

    The lock is taken in the order of ids, so that two workers never wait for each other.
    """
    rows = _LEASED.rows(connection, {"keys": [claimed.id for claimed in claims]})
    found = {row[0]: row for row in rows}
    leases: list[tuple[Current | None, str | None]] = []
    for claimed in claims:
        row = found.get(claimed.id)
        mine = row is not None and row[-1] == claimed.fence and row[1] == State.SENDING.value
        leases.append((Current.of(row), row[-2]) if row is not None and mine else (None, None))
    return leases


def _settling(standing: Current | None, claimed: Claimed, outcome: Outcome) -> Asked:
    assert standing is not None, "only leases that are held are settled"
    columns: dict[str, object] = {
        "last_reply": outcome.reply,
        "attempts": claimed.attempts + _counts(outcome),
    }
    if outcome.next_try is not None:
        columns["not_before"] = outcome.next_try
    return Asked(standing, {}, columns)


def _counts(outcome: Outcome) -> bool:
    """Whether it was an attempt in vain, or the last one."""
    if outcome.event is LifecycleEvent.DEFER:
        return not outcome.arrived
    return outcome.event is not LifecycleEvent.LAPSE


def _record_attempts(
    connection: Connection, event: LifecycleEvent, settled: Sequence[tuple[Claimed, Outcome]]
) -> None:
    at = now_ms()
    _INSERT_ATTEMPT.run_many(
        connection,
        [
            {"message": claimed.id, "route": outcome.route, "reply": outcome.reply}
            for claimed, outcome in settled
        ],
        {"ended_at": at, "outcome": event.value},
    )
    result = _RECIPIENT_OUTCOME.get(event)
    if result:
        _SETTLE_RECIPIENTS.run_many(
            connection,
            [{"key": claimed.id, "answer": outcome.reply} for claimed, outcome in settled],
            {"result": result, "at": at},
        )
    told = [
        {"key": claimed.id, "to": address, "result": result, "answer": reply}
        for claimed, outcome in settled
        for result, them in (("failed", outcome.refused), ("sent", outcome.arrived))
        for address, reply in them
    ]
    if told:
        _SETTLE_RECIPIENT.run_many(connection, told, {"at": at})


_RECIPIENT_OUTCOME = {
    LifecycleEvent.CONFIRM: "sent",
    LifecycleEvent.DOUBT: "unknown",
    LifecycleEvent.FAIL: "failed",
}


def _envelope(text: str) -> Envelope:
    found = from_json(text)
    return Envelope(found["sender"], tuple(found["recipients"]), tuple(found["copies"]))


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
