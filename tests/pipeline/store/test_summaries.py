import pytest
from uuid_utils import uuid7

from pipeline.store.execution import NotFoundError, Who
from pipeline.store.messages import NewMessage, decide, insert_message
from pipeline.store.summaries import summary_of, summary_of_new
from policy.lifecycle import Actor
from policy.modes import Mode
from tests.pipeline.store.support import Session, decided


@pytest.mark.parametrize("mode", [Mode.MONITORED, Mode.GATED_SEND, Mode.BLOCKED])
def test_what_is_said_without_looking_is_what_is_there(session: Session, mode: Mode) -> None:
    key = str(uuid7())
    new = NewMessage(
        id=key, mailbox_id=session.mailbox_id, author_key=session.author.id, author="agent",
        kind="reply", intent=None, message_id=f"<{key}@shop.example>", thread_id="<1@x.example>",
        draft={"subject": "hello"}, labels=["order-1001"], tags=[],
        recipients=[("a@example.org", "a@example.org", "to")], not_before=0, test=True,
    )  # fmt: skip
    decision = decided(int(mode), {"facts": 1, "content": 1, "policy": 1}, tags=["vip"])
    at = session.write(
        lambda connection: insert_message(connection, new, Who(Actor.AUTHOR, "agent-7"))
    )
    state = session.write(lambda connection: decide(connection, key, decision))
    found = session.read(lambda connection: summary_of(connection, key))
    assert summary_of_new(new, decision, state, at) == found


def test_what_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(NotFoundError):
        session.read(lambda connection: summary_of(connection, "none"))
