"""The queue: claims are leases, and whoever lost one neither writes a dot nor settles."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from pipeline.store.blobs import digest_of
from pipeline.store.delivery_queue import (
    Claimed,
    LeaseLostError,
    Outcome,
    claim_due,
    mark_dot,
    settle,
    settle_all,
)
from pipeline.store.execution import RefusedError, current, now_ms
from pipeline.store.messages import Envelope, decide, replace_recipients
from pipeline.store.overdue import recover, retry_due
from pipeline.store.stored_messages import attempts_of, recipients_of
from pipeline.store.tables import message
from policy.lifecycle import LifecycleEvent, State
from policy.modes import Mode
from tests.pipeline.store.support import Session, decided

SEEN = {"facts": 1, "content": 1, "policy": 1}
SENT = Outcome(LifecycleEvent.CONFIRM, "250 ok", "relay")


def queued(session: Session) -> str:
    key = session.accept()
    session.write(lambda connection: decide(connection, key, decided(int(Mode.AUTONOMOUS), SEEN)))
    return key


def claim(session: Session, limit: int = 10) -> Sequence[Claimed]:
    return session.write_beside(lambda connection: claim_due(connection, limit))


def mark(session: Session, claimed: Claimed) -> None:
    digest = digest_of(claimed.mime)
    session.write_beside(lambda connection: mark_dot(connection, claimed, digest))


def state_of(session: Session, key: str) -> State:
    return session.read(lambda connection: current(connection, key))[0]


def run_out(session: Session) -> None:
    session.write(
        lambda connection: connection.execute(update(message).values(lease_until=now_ms() - 1))
    )


def recovered(session: Session) -> tuple[int, int]:
    return session.write(lambda connection: recover(connection, all_leases=False))


def test_a_batch_is_claimed_and_settled_each_as_it_went(session: Session) -> None:
    keys = {queued(session) for _ in range(4)}
    claims = list(claim(session))
    assert {one.id for one in claims} == keys
    assert not claim(session)
    for one in claims[:3]:
        mark(session, one)
    later = now_ms() + 60_000
    outcomes = [
        SENT,
        SENT,
        Outcome(LifecycleEvent.DOUBT, "the connection broke", "relay"),
        Outcome(LifecycleEvent.DEFER, "451 later", "relay", next_try=later),
    ]
    pairs = list(zip(claims, outcomes, strict=True))
    assert session.write_beside(lambda connection: settle_all(connection, pairs)) == [None] * 4
    assert [state_of(session, one.id) for one in claims] == [
        State.SENT, State.SENT, State.UNKNOWN, State.DEFERRED,
    ]  # fmt: skip
    last = claims[3].id
    row = session.read(
        lambda connection: connection.execute(
            select(message.c.not_before, message.c.attempts).where(message.c.id == last)
        ).one()
    )
    assert tuple(row) == (later, 1)
    first = claims[0].id
    (attempt,) = session.read(lambda connection: attempts_of(connection, first))
    assert attempt["reply"] == "250 ok"
    (recipient,) = session.read(lambda connection: recipients_of(connection, first))
    assert recipient["outcome"] == "sent"


def test_a_worker_past_its_lease_writes_no_dot_and_settles_nothing(session: Session) -> None:
    key = queued(session)
    (stale,) = claim(session)
    run_out(session)
    assert recovered(session) == (1, 0)
    (fresh,) = claim(session)
    assert fresh.fence == stale.fence + 1
    with pytest.raises(LeaseLostError):
        mark(session, stale)
    with pytest.raises(LeaseLostError):
        session.write_beside(lambda connection: settle(connection, stale, SENT))
    mark(session, fresh)
    with pytest.raises(LeaseLostError):
        session.write_beside(lambda connection: settle(connection, stale, SENT))
    assert state_of(session, key) is State.SENDING
    session.write_beside(lambda connection: settle(connection, fresh, SENT))
    assert state_of(session, key) is State.SENT


def test_a_dot_that_was_marked_is_in_doubt_when_the_lease_runs_out(session: Session) -> None:
    key = queued(session)
    (one,) = claim(session)
    mark(session, one)
    assert recovered(session) == (0, 0), "the answer may take its time"
    run_out(session)
    assert recovered(session) == (0, 1)
    assert state_of(session, key) is State.UNKNOWN
    with pytest.raises(LeaseLostError):
        session.write_beside(lambda connection: settle(connection, one, SENT))
    assert not claim(session)


def test_other_bytes_than_those_decided_get_no_dot(session: Session) -> None:
    queued(session)
    (one,) = claim(session)
    with pytest.raises(RefusedError, match="bytes"):
        session.write_beside(lambda connection: mark_dot(connection, one, digest_of(b"others")))


def test_one_refusal_keeps_no_other_from_being_settled(session: Session) -> None:
    for _ in range(2):
        queued(session)
    first, second = claim(session)
    mark(session, second)
    refusals = session.write_beside(
        lambda connection: settle_all(connection, [(first, SENT), (second, SENT)])
    )
    assert isinstance(refusals[0], RefusedError), "its dot was never marked"
    assert refusals[1] is None
    assert state_of(session, first.id) is State.SENDING
    assert state_of(session, second.id) is State.SENT


def test_whoever_has_it_is_not_written_to_again(session: Session) -> None:
    one, other, nobody = "a@b.example", "c@d.example", "nobody@e.example"
    key = session.accept(to=one)
    envelope = Envelope("orders@shop.example", (one, other, nobody), ("team@shop.example",))
    mode = decided(int(Mode.AUTONOMOUS), SEEN)
    session.write(
        lambda connection: replace_recipients(
            connection, key, [(one, "to"), (other, "cc"), (nobody, "bcc")]
        )
    )
    session.write(lambda connection: decide(connection, key, replace(mode, envelope=envelope)))
    (first,) = claim(session)
    assert first.envelope == envelope
    mark(session, first)
    partly = Outcome(
        LifecycleEvent.DEFER, "452 too many", "relay", ((nobody, "550 who"),), now_ms() - 1,
        ((one, "250 ok"),),
    )  # fmt: skip
    session.write_beside(lambda connection: settle(connection, first, partly))
    assert session.write(retry_due) == 1
    (rest,) = claim(session)
    assert rest.envelope == Envelope("orders@shop.example", (other,))
    assert rest.attempts == 0  # none was in vain
    mark(session, rest)
    session.write_beside(lambda connection: settle(connection, rest, SENT))
    told = {
        row["address"]: (row["outcome"], row["reply"])
        for row in session.read(lambda connection: recipients_of(connection, key))
    }
    assert told == {
        one: ("sent", "250 ok"), other: ("sent", "250 ok"), nobody: ("failed", "550 who"),
    }  # fmt: skip


@pytest.mark.postgres
def test_two_workers_never_claim_the_same_message(postgres_pair: tuple[Session, Session]) -> None:
    one, other = postgres_pair
    keys = {queued(one) for _ in range(8)}
    with one.holding(lambda connection: claim_due(connection, 4)) as mine:
        theirs = claim(other)  # while the first has not committed
    assert {claimed.id for claimed in (*mine, *theirs)} == keys
