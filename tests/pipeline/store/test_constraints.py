"""The database refuses what the table does not allow, even to a hand that knows the columns."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from pipeline.store.execution import SYSTEM, Who, current, execute
from pipeline.store.messages import decide
from policy.lifecycle import Actor, LifecycleEvent, State
from policy.modes import Mode
from tests.pipeline.store.support import Session, decided

SEEN = {"facts": 1, "content": 1, "policy": 1}


def held(session: Session) -> str:
    key = session.accept(fraud=True)
    session.write(lambda connection: decide(connection, key, decided(int(Mode.GATED_ALL), SEEN)))
    return key


def shell(session: Session, statement: str) -> None:
    session.write(lambda connection: connection.execute(text(statement)))


FORGERIES = [
    # What an SQL shell would try, the last ones with knowledge of how steps are written.
    "UPDATE message SET state = 'sent'",
    "UPDATE message SET state = 'queued'",
    "UPDATE message SET mode = 0",
    "UPDATE message SET fraud = 0",
    "UPDATE message SET approvals = 1",
    "UPDATE message SET state = 'queued', transition = 'approve', row_version = row_version + 1",
    "UPDATE message SET state = 'sending', transition = 'claim', row_version = row_version + 1",
    "UPDATE message SET state = 'sent', transition = 'confirm', row_version = row_version + 1",
    "UPDATE message SET mode = 0, transition = 'decide_to_queue', state = 'queued',"
    " row_version = row_version + 1, decided_facts = facts",
    "UPDATE message SET fraud = 0, transition = 'clear_fraud', state = 'accepted',"
    " row_version = row_version + 1",  # without a new version of the facts
    "UPDATE message SET state = 'queued', transition = 'approve', row_version = row_version + 1,"
    " approvals = 1, approved_facts = 1, approved_content = 1, approved_policy = 7",
    "UPDATE message SET mime_sha256 = 'other'",
    "UPDATE message SET envelope = '{}'",
    "UPDATE message SET transition = 'cancel'",
    "DELETE FROM message",
    "DELETE FROM message_content",
    "UPDATE audit SET detail = '{}'",
    "DELETE FROM audit",
    "DELETE FROM approval",
]


@pytest.mark.parametrize("statement", FORGERIES)
def test_a_shell_cannot_free_a_held_message(session: Session, statement: str) -> None:
    key = held(session)
    if "approval" in statement:
        shell(
            session, f"INSERT INTO approval VALUES ('{key}', 'somebody', 9, 9, 9, '', 'digest', 0)"
        )
    before = session.read(lambda connection: current(connection, key))
    with pytest.raises(DBAPIError):
        shell(session, statement)
    assert session.read(lambda connection: current(connection, key)) == before


def test_a_message_is_not_born_approved(session: Session) -> None:
    key = session.accept()
    copy = (
        "INSERT INTO message SELECT 'forged', 'queued', " + _columns_after_state(session)
        + f" FROM message WHERE id = '{key}'"
    )  # fmt: skip
    with pytest.raises(DBAPIError, match="starts as the life-cycle table says"):
        shell(session, copy)


def _columns_after_state(session: Session) -> str:
    rows = session.read(
        lambda connection: ([one["name"] for one in inspect(connection).get_columns("message")])
    )
    names = [name if name != "message_id" else "'<forged@x>'" for name in rows]
    return ", ".join(names[2:])


def test_a_step_of_the_table_passes(session: Session) -> None:
    key = held(session)
    person = Who(Actor.PERSON, "reviewer")
    inputs = {f"seen_{name}": 1 for name in SEEN} | {"is_author": 0, "approved_already": 0}
    session.write(
        lambda connection: execute(connection, key, LifecycleEvent.APPROVE, person, inputs)
    )
    state, _, _ = session.read(lambda connection: current(connection, key))
    assert state is State.QUEUED


def test_a_new_decision_may_bring_new_bytes(session: Session) -> None:
    key = held(session)
    session.write(
        lambda connection: execute(
            connection, key, LifecycleEvent.CHANGE_FACTS, SYSTEM, {"fraud": False}
        )
    )
    seen = {**SEEN, "facts": 2}
    session.write(lambda connection: decide(connection, key, decided(int(Mode.GATED_ALL), seen)))
