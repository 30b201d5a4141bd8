"""Lists, tags, notes and usage mean the same on each database."""

from pipeline.store.execution import execute, now_ms
from pipeline.store.inbound import NewInbound, insert_inbound
from pipeline.store.listing import Wanted, list_messages, listed_message, messages_of_thread
from pipeline.store.notes import mark_read, mark_spam, notes_on, put_tags, tags_on
from pipeline.store.usage import bytes_kept, counted, counted_daily, latest_records
from policy.lifecycle import LifecycleEvent, State
from tests.pipeline.store.support import ADMIN, Session


def arrive(session: Session, key: str, *files: str) -> str:
    new = NewInbound(
        id=key, mailbox_id=session.mailbox_id, taken_in_by=session.author.id,
        message_id=f"<{key}@example.org>", thread_id="<thread@example.org>",
        shown={
            "from": "Ada <ada@example.org>", "subject": "50%_off",
            "attachments": [{"name": name} for name in files],
        },
        reading=None, automatic=False, tags=[], fraud=False, raw=key.encode(), receipt=key,
    )  # fmt: skip
    session.write(lambda one: insert_inbound(one, new, ADMIN))
    return key


def found(session: Session, **asked: object) -> list[str]:
    wanted = [Wanted(**asked)]  # type: ignore[arg-type]  # parts by name
    rows = session.read(lambda one: list_messages(one, wanted, now=now_ms()))
    return [row["id"] for row in rows]


def test_each_wish_is_met(session: Session) -> None:
    first, second = arrive(session, "1"), arrive(session, "2", "a.txt")
    sent = session.accept()
    assert found(session) == [second, first, sent] or set(found(session)) == {first, second, sent}
    assert found(session, inbound=True) == [second, first]
    assert found(session, states=[State.ACCEPTED]) == [sent]
    assert found(session, files=True) == [second]
    assert set(found(session, files=False)) == {first, sent}
    assert found(session, subject="50%_OFF") == [second, first]
    assert found(session, subject="50__off") == []
    assert found(session, sender="ADA@example") == [second, first]
    assert found(session, mailbox_id="another") == []
    assert found(session, after=now_ms() + 1000) == []
    assert found(session, scheduled=True) == []
    assert session.read(lambda one: list_messages(one, [], now=0)) == []
    thread = session.read(lambda one: messages_of_thread(one, "<thread@example.org>", 9))
    assert [row["id"] for row in thread] == [first, second]


def test_notes_and_tags(session: Session) -> None:
    key = arrive(session, "1")
    assert found(session, read=False) == [key]
    session.write(lambda one: mark_spam(one, key, "spam"))
    session.write(lambda one: mark_read(one, key))
    assert found(session, read=True, reported=True) == [key]
    session.write(lambda one: mark_spam(one, key, "not_spam"))
    assert found(session, reported=True) == []
    assert session.read(lambda one: listed_message(one, key))["spam"] == "not_spam"
    assert set(session.read(lambda one: notes_on(one, [key]))) == {key}
    session.write(lambda one: put_tags(one, key, {"a": "1", "b": "2"}))
    session.write(lambda one: put_tags(one, key, {"b": "3"}))
    assert session.read(lambda one: tags_on(one, key)) == {"a": "1", "b": "3"}


def test_what_happened_is_counted(session: Session) -> None:
    arrive(session, "1")
    kept = session.accept()
    session.write(lambda one: execute(one, kept, LifecycleEvent.CANCEL, ADMIN))
    now = now_ms()
    summary = session.read(lambda one: counted(one, 0, now + 1))
    assert summary["emails_received"] == 1
    assert summary["emails_sent"] == 0
    assert isinstance(summary["api_calls"], int)
    ((day, event, number),) = session.read(lambda one: counted_daily(one, 0, now + 1))
    assert (day % 86_400_000, event, number) == (0, "email_received", 1)
    assert session.read(bytes_kept) == 1
    records = session.read(lambda one: latest_records(one, limit=2))
    assert records[0]["event"] == "cancel"
    before = session.read(lambda one: latest_records(one, before=records[0]["seq"], limit=1))
    assert before[0]["seq"] == records[1]["seq"]
