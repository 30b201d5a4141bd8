"""Which reports about mail that was sent are believed, on each database."""

from itertools import count

from sqlalchemy import select

from pipeline.store.delivery_queue import Outcome, claim_due, mark_dot, settle
from pipeline.store.erasing import erase_person
from pipeline.store.inbound import NewInbound, insert_inbound
from pipeline.store.messages import decide
from pipeline.store.reports import Claim, record_report, reports_of
from pipeline.store.stored_messages import find_message
from pipeline.store.tables import suppression
from policy.lifecycle import LifecycleEvent
from policy.modes import Mode
from tests.pipeline.store.support import ADMIN, Session, decided

_numbers = count()
CUSTOMER = "customer@example.org"
GONE = Claim("bounce", (CUSTOMER,), lasting=True, status_code="5.1.1", detail=f"550 no {CUSTOMER}")
FULL = Claim("bounce", (CUSTOMER,), lasting=False, status_code="5.2.2")


def sent(session: Session) -> str:
    """A message that was handed over to the customer; its Message-ID."""
    key = session.accept(to=CUSTOMER)
    seen = {"facts": 1, "content": 1, "policy": 1}
    session.write(lambda connection: decide(connection, key, decided(int(Mode.AUTONOMOUS), seen)))

    def hand_over(connection: object) -> None:
        (claimed,) = claim_due(connection, 10)  # type: ignore[arg-type]  # a Connection
        mark_dot(connection, claimed, claimed.mime_sha256)  # type: ignore[arg-type]  # a Connection
        settle(connection, claimed, Outcome(LifecycleEvent.CONFIRM, "250 OK", "route"))  # type: ignore[arg-type]  # a Connection

    session.write(hand_over)
    return f"<{key}@shop.example>"


def report(session: Session, about: str, *claims: Claim, mailbox: str = "") -> int:
    """Have a report come in; how much of it is believed."""
    number = next(_numbers)
    identity = f"report-{number}"
    new = NewInbound(
        id=identity, receipt=identity, mailbox_id=session.mailbox_id, taken_in_by="listener",
        message_id=f"<{identity}@mx.example>", thread_id=f"<{identity}@mx.example>",
        shown={"from_address": "mx@mx.example"}, reading=None, automatic=True, tags=[], fraud=False,
        raw=f"{CUSTOMER} is gone {number}".encode(),
    )  # fmt: skip
    session.write(lambda connection: insert_inbound(connection, new, ADMIN))
    return session.write(
        lambda connection: record_report(
            connection, [about], claims, mailbox_id=mailbox or session.mailbox_id,
            received_as=identity, who=ADMIN,
        )
    )  # fmt: skip


def suppressed(session: Session) -> list[str]:
    return session.read(
        lambda connection: list(connection.execute(select(suppression.c.person_key)).scalars())
    )


def test_an_address_that_is_gone_is_suppressed_only_by_a_report_on_what_it_was_sent(
    session: Session,
) -> None:
    about = sent(session)
    waiting = f"<{session.accept(to=CUSTOMER)}@shop.example>"
    stranger = Claim("bounce", ("eve@example.org", "mallory@example.org"), lasting=True)
    assert report(session, "<guess@shop.example>", GONE) == 0
    assert report(session, waiting, GONE) == 0  # it was never handed over
    assert report(session, about, GONE, mailbox="another") == 0
    assert report(session, about, stranger) == 1  # forwarded: kept, but nobody is suppressed
    assert report(session, about, Claim("delivered", (CUSTOMER,), lasting=False)) == 1
    assert suppressed(session) == []
    assert report(session, about, GONE) == 1
    assert suppressed(session) == [CUSTOMER]
    key = about.strip("<>").partition("@")[0]
    kinds = [one["kind"] for one in session.read(lambda connection: reports_of(connection, key))]
    assert kinds == ["bounce", "delivered", "bounce"]


def test_bounces_that_might_pass_suppress_when_five_messages_bounced(session: Session) -> None:
    for number in range(1, 6):
        about = sent(session)
        report(session, about, FULL)
        report(session, about, FULL)  # told twice about one message: counted once
        assert suppressed(session) == ([CUSTOMER] if number == 5 else [])


def test_an_erasure_takes_the_report_and_what_it_said(session: Session) -> None:
    about = sent(session)
    report(session, about, GONE)
    session.write(lambda connection: erase_person(connection, CUSTOMER, ADMIN))
    key = about.strip("<>").partition("@")[0]
    (kept,) = session.read(lambda connection: reports_of(connection, key))
    row = session.read(lambda connection: find_message(connection, kept["received_as"]))
    assert row["erased"]
    assert kept["detail"] == ""
    assert report(session, about, Claim("complaint", (), lasting=True)) == 0
    assert suppressed(session) == []
