"""Messages that are kept in one go: each has its own outcome, whatever becomes of the others."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from uuid_utils import uuid7

from pipeline.mail.addresses import Mailbox
from pipeline.sender.keeping_accepted import Accepted, ChangedError, Judged, keep, look_up, planned
from pipeline.sender.known import read_known
from pipeline.sender.preparing import Author
from pipeline.sender.requests import EmailRequest
from pipeline.store import audit
from pipeline.store.execution import NotFoundError
from pipeline.store.idempotency import KeyReusedError
from pipeline.store.mailboxes import mailbox_by_id
from pipeline.store.messages import NewMessage
from pipeline.store.stored_messages import find_message
from pipeline.store.summaries import summary_of
from policy.lifecycle import State
from policy.modes import Mode
from tests.pipeline.store.support import Session, decided


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(tmp_path / "gatepost.db") as opened:
        yield opened


def test_every_message_has_the_outcome_that_its_decision_asks_for(session: Session) -> None:
    every = [_judged(session, mode=mode) for mode in (Mode.MONITORED, Mode.GATED_ALL, Mode.BLOCKED)]
    outcomes = session.write(lambda connection: keep(connection, every))
    for one, outcome in zip(every, outcomes, strict=True):
        assert isinstance(outcome, Accepted)
        found = session.read(partial(summary_of, key=one.new.id))
        assert outcome == Accepted(one.new.id, repeated=False, summary=found)
    states = [outcome.summary["state"] for outcome in outcomes]  # type: ignore[index,union-attr]  # looked at above
    assert states == [State.QUEUED, State.HELD, State.BLOCKED]
    session.read(audit.verify)


def test_a_message_of_which_the_database_refuses_a_part_takes_no_other_with_it(
    session: Session,
) -> None:
    good, other = _judged(session), _judged(session)
    twice = _judged(session)
    broken = replace(twice, new=replace(twice.new, recipients=[*twice.new.recipients] * 2))
    first, second, third = _handed_in(session, [good, broken, other])
    assert isinstance(first, Accepted)
    assert isinstance(third, Accepted)
    assert isinstance(second, Exception)
    for one in (good, other):
        row = session.read(partial(find_message, key=one.new.id))
        assert row["state"] == State.QUEUED
        assert row["judgement"] == dict(one.decided.judgement)
    with pytest.raises(NotFoundError):
        session.read(lambda connection: find_message(connection, broken.new.id))
    session.read(audit.verify)


def test_the_same_key_twice_at_once_is_one_message(session: Session) -> None:
    first, again, other_body = (_judged(session, idempotency_key="k") for _ in range(3))
    other_body = replace(other_body, body_sha256="other")
    outcomes = session.write(lambda connection: keep(connection, [first, again, other_body]))
    assert isinstance(outcomes[0], Accepted)
    assert (outcomes[0].id, outcomes[0].repeated) == (first.new.id, False)
    assert outcomes[1] == Accepted(first.new.id, repeated=True)
    assert isinstance(outcomes[2], KeyReusedError)
    assert session.write(lambda connection: keep(connection, [again])) == [outcomes[1]]
    with pytest.raises(NotFoundError):
        session.read(lambda connection: find_message(connection, again.new.id))


def test_a_second_answer_in_a_thread_is_judged_with_the_first_in_it(session: Session) -> None:
    asked = _judged(session)
    (start,) = session.write(lambda connection: keep(connection, [asked]))
    assert isinstance(start, Accepted)
    assert start.summary is not None
    answers = [_judged(session, in_reply_to=start.summary["message_id"]) for _ in range(2)]
    outcomes = session.write(lambda connection: keep(connection, answers))
    assert isinstance(outcomes[0], Accepted)
    assert isinstance(outcomes[1], ChangedError)


def test_what_waits_to_leave_counts_for_the_people_it_goes_to(session: Session) -> None:
    every = [_judged(session, limit=3) for _ in range(5)]
    held = _judged(session, mode=Mode.GATED_ALL)
    outcomes = session.write(lambda connection: keep(connection, [held, *every]))
    kept = [isinstance(outcome, Accepted) for outcome in outcomes]
    assert kept == [True, True, True, True, False, False]
    known = session.read(lambda connection: read_known(connection, planned(held.request)))
    assert [person.messages_24h for person in known.people.values()] == [3]


def test_what_is_known_otherwise_now_is_judged_again(session: Session) -> None:
    one, other = _judged(session), _judged(session)
    stale = replace(other, known=replace(other.known, references=("<1@x.example>",)))
    outcomes = session.write(lambda connection: keep(connection, [stale, one]))
    assert isinstance(outcomes[0], ChangedError)
    assert isinstance(outcomes[1], Accepted)


def test_what_is_known_of_each_request_is_read_at_once_or_what_it_made_before(
    session: Session,
) -> None:
    kept = _judged(session, idempotency_key="k")
    session.write(lambda connection: keep(connection, [kept]))
    other_body = replace(kept, body_sha256="other")
    stranger = replace(
        kept, request=kept.request.model_copy(update={"sender": Mailbox("nobody@shop.example")})
    )
    no_mailbox = replace(
        stranger, request=stranger.request.model_copy(update={"idempotency_key": None})
    )
    new = _judged(session)
    every = [kept, other_body, stranger, no_mailbox, new]
    found = session.read(lambda connection: look_up(connection, every))
    before = Accepted(kept.new.id, repeated=True)
    assert (found[0], found[2], found[4]) == (before, before, new.known)
    assert isinstance(found[1], KeyReusedError)
    assert isinstance(found[3], NotFoundError)


def _judged(
    session: Session, mode: Mode = Mode.MONITORED, limit: int = 10_000, **more: str
) -> Judged:
    address = session.read(lambda connection: mailbox_by_id(connection, session.mailbox_id)).address
    identity = str(uuid7())
    request = EmailRequest.model_validate(
        {"from": address, "to": "customer@example.org", "subject": "hello",
         "text": "hello", **more}
    )  # fmt: skip
    known = session.read(lambda connection: read_known(connection, planned(request)))
    message_id = f"<{identity}@shop.example>"
    new = NewMessage(
        id=identity, mailbox_id=session.mailbox_id, author_key=session.author.id, author="agent",
        kind="reply", intent=None, message_id=message_id, thread_id=known.thread_id or message_id,
        draft={"subject": "hello"}, labels=[], tags=[],
        recipients=[("customer@example.org", "customer@example.org", "to")], not_before=0,
    )  # fmt: skip
    versions = {"facts": 1, "content": 1, "policy": known.policy.version}
    author = Author(session.author.id, session.author.holder, "agent")
    made = decided(int(mode), versions)
    return Judged(request, author, "body", known, new, made, lambda counts: max(counts) < limit)


def _handed_in(session: Session, every: Sequence[Judged]) -> list[Accepted | BaseException]:
    async def all_of_them() -> list[Accepted | BaseException]:
        together = (session.store.write_together(keep, one) for one in every)
        return await asyncio.gather(*together, return_exceptions=True)

    return session.loop.run_until_complete(all_of_them())
