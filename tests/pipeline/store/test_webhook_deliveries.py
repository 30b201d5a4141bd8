"""Deliveries made from the audit log, on each database."""

from sqlalchemy import update

from pipeline.store.execution import now_ms
from pipeline.store.tables import webhook_delivery, webhook_subscription
from pipeline.store.webhook_deliveries import claim_deliveries, forget_told, list_deliveries
from pipeline.store.webhook_outbox import fan_out, look_on
from pipeline.store.webhooks import subscribe
from pipeline.webhooks.events import EVENT_OF_STEP, EVENTS
from tests.pipeline.store.support import ADMIN, Session


def read_on(session: Session) -> tuple[str, ...]:
    """Read what is new in the log and keep its deliveries; returns the steps."""
    batch = session.read(lambda connection: look_on(connection, EVENT_OF_STEP))
    if batch is None:
        return ()
    assert session.write(lambda connection: fan_out(connection, batch))
    return batch.steps


def listen(session: Session, events: tuple[str, ...] = EVENTS) -> str:
    row = session.write(
        lambda connection: subscribe(
            connection, "https://hooks.example/", events, ADMIN, created_by=session.author.id
        )
    )
    identity: str = row["id"]
    return identity


def deliveries(session: Session) -> list[dict]:
    return [dict(row) for row in session.read(lambda connection: list_deliveries(connection))]


def test_reading_the_log_twice_tells_nothing_twice(session: Session) -> None:
    read_on(session)
    listen(session)
    session.accept()
    batch = session.read(lambda connection: look_on(connection, EVENT_OF_STEP))
    assert batch is not None
    assert batch.steps[-1] == "accept"
    assert session.write(lambda connection: fan_out(connection, batch))
    assert not session.write(lambda connection: fan_out(connection, batch))  # another process
    assert read_on(session) == ()
    assert len(deliveries(session)) == 1


def test_what_happened_before_a_subscription_is_not_told(session: Session) -> None:
    read_on(session)
    session.accept()
    listen(session)
    session.write(lambda connection: connection.execute(
        update(webhook_subscription).values(created_at=now_ms() + 1_000)))  # fmt: skip
    read_on(session)
    assert deliveries(session) == []


def test_only_the_events_that_were_asked_for(session: Session) -> None:
    read_on(session)
    listen(session, ("message.sent",))
    session.accept()
    read_on(session)
    assert deliveries(session) == []


def test_a_claim_keeps_others_away(session: Session) -> None:
    read_on(session)
    listen(session)
    session.accept()
    read_on(session)
    assert len(session.write(lambda connection: claim_deliveries(connection))) == 1
    assert session.write(lambda connection: claim_deliveries(connection)) == []


def test_old_deliveries_that_ended_are_dropped(session: Session) -> None:
    read_on(session)
    listen(session)
    session.accept()
    read_on(session)
    assert session.write(lambda connection: forget_told(connection, now_ms() + 1)) == 0
    session.write(lambda connection: connection.execute(
        update(webhook_delivery).values(status="failed")))  # fmt: skip
    assert session.write(lambda connection: forget_told(connection, now_ms() + 1)) == 1
