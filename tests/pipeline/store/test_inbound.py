"""Whatever comes in can be kept, on each database."""

import random

from pipeline.inbound.keeping import Arrival, keep
from pipeline.inbound.reports import read_report
from pipeline.mail.message import Message
from pipeline.mail.reading import read_message
from pipeline.store.erasing import messages_of
from pipeline.store.execution import SYSTEM
from pipeline.store.inbound import Reading
from pipeline.store.mailboxes import list_mailboxes
from pipeline.store.stored_messages import find_message
from tests.pipeline.store.support import Session

RAW = (
    b"From: Ada <ada@example.org>\r\nTo: x@y.example\r\nSubject: =?utf-8?q?h=C3=A4=00?= \xff\r\n"
    b"Message-ID: <1@example.org>\r\nReferences: <a@b> <c@d>\r\nIn-Reply-To: <q@z>\r\n"
    b"Content-Type: text/plain; charset=utf-16\r\n\r\nhello \xff\xfe\x00\xd8 body\r\n"
)


def take(session: Session, raw: bytes, message: Message, reading: Reading | None = None) -> str:
    (box,) = session.read(lambda connection: list_mailboxes(connection, after="", limit=1))
    arrival = Arrival(raw, message, reading, read_report(raw), box.address, "listener")
    received = session.write(lambda connection: keep(connection, arrival, SYSTEM, frozenset()))
    return received.id


def test_damage_keeps_no_message_out(session: Session) -> None:
    chance = random.Random(7)
    for number in range(60):
        raw = bytearray(RAW.replace(b"<1@", b"<%d%s@" % (number, b"x" * chance.randint(0, 600))))
        for _ in range(chance.randint(0, 12)):
            octet = chance.choice([0, 0, 10, 13, 0xD8, 0xFF, 0xED, 0x80, 60, 62])
            raw[chance.randrange(len(raw))] = octet
        take(session, bytes(raw), read_message(bytes(raw)))
    session.read(lambda connection: messages_of(connection, "ada@example.org"))


def test_what_no_database_takes_is_replaced_and_the_bytes_stay(session: Session) -> None:
    hostile = "a\x00b\ud800c"
    message = Message(
        message_id=f"{hostile}@x", in_reply_to=f"{hostile}@y", references=(f"{hostile}@z",),
        from_address=f"{hostile}@example.org", from_name=hostile, to=(hostile,), subject=hostile,
        text=hostile, hidden_text=hostile, error=hostile,
    )  # fmt: skip
    fraud = Reading("fraud_claim", 0.9, frozenset({"fraud_risk"}), "en", unsure=False)
    identity = take(session, RAW, message, fraud)
    row = session.read(lambda connection: find_message(connection, identity))
    assert row["draft"]["text"] == "a\ufffdb?c"
    assert "\x00" not in str(dict(row["draft"]))


def test_a_writer_whose_address_is_longer_than_any_keeps_no_message_out(session: Session) -> None:
    fraud = Reading("fraud_claim", 0.9, frozenset({"fraud_risk"}), "en", unsure=False)
    message = Message(from_address=f"{'a' * 2_000}@example.org", subject="long", text="stolen")
    identity = take(session, RAW, message, fraud)
    row = session.read(lambda connection: find_message(connection, identity))
    assert row["draft"]["from_address"] == message.from_address
