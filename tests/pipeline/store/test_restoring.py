"""A backup put back: what was queued is in doubt, and nothing leaves by itself."""

import pytest
from sqlalchemy import update

from pipeline.store import execution, unknown
from pipeline.store.delivery_queue import Outcome, claim_due, settle
from pipeline.store.execution import SYSTEM, current, now_ms
from pipeline.store.in_force import put_into_force
from pipeline.store.messages import decide
from pipeline.store.restoring import InDoubt, doubt_queued, pause_restored
from pipeline.store.review import is_paused
from pipeline.store.stored_messages import recipients_of
from pipeline.store.tables import message, service
from pipeline.store.unknown import resolve_unknown
from policy.lifecycle import LifecycleEvent, State
from policy.modes import Mode
from tests.pipeline.store.support import Session, decided

SEEN = {"facts": 1, "content": 1, "policy": 1}
LATER = Outcome(LifecycleEvent.DEFER, "451 later", "relay", next_try=1)


def queued(session: Session) -> str:
    key = session.accept()
    session.write(lambda connection: decide(connection, key, decided(int(Mode.AUTONOMOUS), SEEN)))
    return key


def state_of(session: Session, key: str) -> State:
    return session.read(lambda connection: current(connection, key))[0]


def restored(session: Session) -> InDoubt:
    found = session.write(lambda connection: doubt_queued(connection, 100))
    session.write(pause_restored)
    return found


def test_what_was_due_is_in_doubt_and_sending_is_paused(session: Session) -> None:
    deferred = queued(session)
    (claimed,) = session.write(lambda connection: claim_due(connection, 1))
    session.write(lambda connection: settle(connection, claimed, LATER))
    sending = queued(session)
    session.write(lambda connection: claim_due(connection, 1))
    due, scheduled = queued(session), queued(session)
    session.write(
        lambda connection: connection.execute(
            update(message).where(message.c.id == scheduled).values(not_before=now_ms() + 9**9)
        )
    )
    held = session.accept(fraud=True)
    session.write(lambda connection: decide(connection, held, decided(int(Mode.GATED_ALL), SEEN)))
    assert restored(session) == InDoubt(doubtful=3, stale=0)
    assert state_of(session, due) is State.UNKNOWN
    assert state_of(session, deferred) is State.UNKNOWN
    assert state_of(session, scheduled) is State.QUEUED
    assert state_of(session, sending) is State.UNKNOWN, "its dot may have been written since"
    assert state_of(session, held) is State.HELD
    (recipient,) = session.read(lambda connection: recipients_of(connection, due))
    assert recipient["outcome"] == "unknown"
    assert session.read(is_paused)
    assert not session.write(lambda connection: claim_due(connection, 10))


def test_no_class_of_messages_ends_a_doubt_that_a_backup_brought(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = queued(session)
    restored(session)
    later = now_ms() + 10 * 60_000
    for module in (execution, unknown):
        monkeypatch.setattr(module, "now_ms", lambda: later)
    classes = {"reply": "retry_once"}
    assert session.write(lambda connection: resolve_unknown(connection, classes)) == 0
    assert state_of(session, key) is State.UNKNOWN
    session.write(lambda connection: connection.execute(update(service).values(restored_at=None)))
    assert session.write(lambda connection: resolve_unknown(connection, classes)) == 1


def test_what_was_decided_by_another_policy_is_decided_anew(session: Session) -> None:
    key = queued(session)
    session.write(lambda connection: put_into_force(connection, "a" * 64, SYSTEM))
    assert restored(session) == InDoubt(doubtful=0, stale=1)
    assert state_of(session, key) is State.ACCEPTED
