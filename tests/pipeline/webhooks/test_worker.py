"""From a step of the life of a message to a receiver that was told, over a real store and HTTP."""

import asyncio
from collections.abc import Callable
from time import monotonic

import pytest
from sqlalchemy import Connection, select, update
from standardwebhooks import Webhook, WebhookVerificationError

from pipeline.store.execution import NotFoundError, Who, execute
from pipeline.store.messages import decide
from pipeline.store.tables import audit, webhook_delivery
from pipeline.store.webhook_deliveries import claim_deliveries, list_deliveries, replay
from pipeline.store.webhooks import list_subscriptions, rotate_secret, subscribe
from pipeline.webhooks.events import EVENTS
from pipeline.webhooks.telling import Teller
from pipeline.webhooks.worker import WebhookWorker
from policy.lifecycle import Actor, LifecycleEvent
from policy.modes import Mode
from tests.pipeline.store.support import ADMIN, Session, decided
from tests.pipeline.store.test_webhook_deliveries import read_on
from tests.pipeline.webhooks.receiver import SECRET, Receiver, receiver


@pytest.fixture
def told(session: Session):  # type: ignore[no-untyped-def]  # a fixture
    """A receiver that asked to be told everything."""
    with receiver() as kept:
        read_on(session)
        listen(session, kept.url)
        yield kept


def listen(session: Session, url: str, events: tuple[str, ...] = EVENTS) -> str:
    row = session.write(
        lambda connection: subscribe(
            connection, url, events, ADMIN, secret=SECRET, created_by=session.author.id
        )
    )
    identity: str = row["id"]
    return identity


def work_until(session: Session, done: Callable[[], bool]) -> None:
    """Run the worker until `done`."""

    async def run() -> None:
        worker = WebhookWorker(session.store, Teller(local=True))
        worker.start()
        try:
            end = monotonic() + 10
            while not done():
                assert monotonic() < end, "not done"
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.05)  # what was told is settled
        finally:
            await worker.stop()

    session.loop.run_until_complete(run())


def deliveries(session: Session) -> list[dict]:
    return [dict(row) for row in session.read(lambda connection: list_deliveries(connection))]


def test_what_happens_to_a_message_is_told_signed_and_without_its_words(
    session: Session, told: Receiver
) -> None:
    key = session.accept(to="secret.person@example.org")
    seen = {"facts": 1, "content": 1, "policy": 1}
    session.write(lambda connection: decide(connection, key, decided(int(Mode.GATED_SEND), seen)))
    session.write(lambda connection: execute(connection, key, LifecycleEvent.REJECT, ADMIN))
    work_until(session, lambda: len(told.got) == 3)
    assert [event["type"] for event in told.events()] == [
        "message.accepted", "oversight.pending", "oversight.rejected",
    ]  # fmt: skip
    data = told.events()[1]["data"]
    assert data["email_id"] == key
    assert (data["status"], data["mode"], data["direction"]) == ("held", "gated_send", "outbound")
    assert b"secret.person" not in b"".join(body for _, body in told.got)
    assert {one["status"] for one in deliveries(session)} == {"delivered"}


def test_a_step_that_was_rolled_back_is_told_to_nobody(session: Session, told: Receiver) -> None:
    key = session.accept()

    def fail(connection: Connection) -> None:
        execute(connection, key, LifecycleEvent.CANCEL, Who(Actor.AUTHOR, "agent-7"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        session.write(fail)
    work_until(session, lambda: len(told.got) == 1)
    assert told.types() == ["message.accepted"]


def test_a_receiver_that_fails_is_told_again_by_the_same_id(
    session: Session, told: Receiver
) -> None:
    told.answers = [
        (500, {}),
        (302, {"location": "http://127.0.0.1:1/"}),
        (503, {"retry-after": "0"}),
    ]
    session.accept()
    for attempt in range(1, 5):
        session.write(lambda connection: connection.execute(
            update(webhook_delivery).values(next_at=0)))  # fmt: skip
        work_until(session, lambda: len(told.got) == attempt)  # noqa: B023  # run at once
    (one,) = deliveries(session)
    assert (one["status"], one["attempts"], one["response_status"]) == ("delivered", 4, 204)
    assert len({headers["webhook-id"] for headers, _ in told.got}) == 1
    assert len({body for _, body in told.got}) == 1


def test_after_the_last_attempt_it_waits_for_a_person_who_has_it_told_again(
    session: Session, told: Receiver
) -> None:
    told.answers = [(500, {})]
    session.accept()
    read_on(session)
    session.write(lambda connection: connection.execute(
        update(webhook_delivery).values(attempts=9)))  # fmt: skip
    work_until(session, lambda: len(told.got) == 1)
    (one,) = deliveries(session)
    assert one["status"] == "failed"
    assert session.write(lambda connection: claim_deliveries(connection)) == []
    session.write(lambda connection: replay(connection, one["id"], ADMIN))
    work_until(session, lambda: len(told.got) == 2)
    assert deliveries(session)[0]["status"] == "delivered"
    with pytest.raises(NotFoundError):
        session.write(lambda connection: replay(connection, "nothing", ADMIN))


def test_a_receiver_that_is_gone_is_told_nothing_more(session: Session, told: Receiver) -> None:
    told.answers = [(410, {})]
    session.accept()
    work_until(session, lambda: len(told.got) == 1)
    session.accept()
    read_on(session)
    assert len(deliveries(session)) == 1
    events = session.read(
        lambda connection: connection.execute(select(audit.c.event)).scalars().all()
    )
    assert "end_webhook" in events


def test_while_a_secret_is_changed_both_sign(session: Session, told: Receiver) -> None:
    (subscription,) = session.read(lambda connection: list_subscriptions(connection))

    def rotate(overlap: int) -> str:
        row = session.write(
            lambda connection: rotate_secret(connection, subscription["id"], overlap, ADMIN)
        )
        secret: str = row["secret"]
        return secret

    def tell() -> tuple[dict[str, str], bytes]:
        session.accept()
        before = len(told.got)
        work_until(session, lambda: len(told.got) == before + 1)
        return told.got[-1]

    second = rotate(60_000)
    headers, body = tell()
    for secret in (SECRET, second):
        assert Webhook(secret).verify(body, headers)["type"] == "message.accepted"
    third = rotate(0)
    headers, body = tell()
    assert Webhook(third).verify(body, headers)
    for secret in (SECRET, second):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers)


def test_a_private_receiver_is_refused_unless_it_is_allowed(session: Session) -> None:
    with receiver() as kept:
        read_on(session)
        listen(session, kept.url)
        session.accept()
        read_on(session)

        async def tell() -> None:
            (due,) = await session.store.write(lambda connection: claim_deliveries(connection))
            answer = await Teller(local=False).tell(due)
            assert not answer.delivered
            assert answer.next_at is None

        session.loop.run_until_complete(tell())
        assert kept.got == []
