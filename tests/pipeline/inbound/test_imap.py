"""A poller against a real IMAP server."""

import asyncio
import imaplib
from collections.abc import Iterator
from time import monotonic

import pytest

from pipeline.inbound.imap import ImapAccount, ImapError, Poller
from pipeline.inbound.intake import BusyError, RefusedMailError
from tests.needs import needs
from tests.pipeline.inbound.dovecot import DOVECOT, Server, dovecot

pytestmark = needs(DOVECOT, "Dovecot: apt-get install dovecot-imapd")
RAW = b"From: ada@example.org\r\nSubject: %d\r\n\r\nb\xc3\xa4d \xff bytes\r\n"


class Boxes:
    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.busy = False

    async def knows(self, address: str) -> bool:
        return True

    async def take(self, raw: bytes, address: str) -> str:
        if self.busy:
            raise BusyError("busy")
        if b"Subject: 13" in raw:
            raise RefusedMailError("too large")
        self.got.append(raw)
        return address


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with dovecot() as found:
        yield found


@pytest.fixture
def port(server: Server) -> int:
    return server.port


@pytest.fixture
def person(port: int) -> Iterator[imaplib.IMAP4]:
    """A person's mail program, over an empty inbox."""
    client = imaplib.IMAP4("127.0.0.1", port)
    client.login("support", "secret")
    if client.select("INBOX")[1][0] != b"0":
        client.store("1:*", "+FLAGS", r"(\Deleted)")
    client.expunge()
    yield client
    client.logout()


def put(person: imaplib.IMAP4, *numbers: int) -> None:
    for number in numbers:
        status, answer = person.append("INBOX", "", "", RAW % number)
        assert status == "OK", answer


def poller(port: int, boxes: Boxes, then: str = "keep", password: str = "secret") -> Poller:
    account = ImapAccount(
        "127.0.0.1", "support", "support@shop.example", port=port, tls="off", then=then,
        password=password,
    )  # fmt: skip
    return Poller(account, boxes, every=0.2)


def numbers(boxes: Boxes) -> list[int]:
    return [int(raw.split(b"Subject: ")[1].split(b"\r")[0]) for raw in boxes.got]


def test_each_message_is_taken_once_byte_for_byte_whatever_a_person_does(
    port: int, person: imaplib.IMAP4
) -> None:
    boxes = Boxes()
    put(person, 1, 2)
    person.noop()
    person.store("1", "+FLAGS", r"(\Seen)")  # read by a person before we looked
    assert asyncio.run(poller(port, boxes).take_new()) == 2
    assert boxes.got == [RAW % 1, RAW % 2]
    assert asyncio.run(poller(port, boxes).take_new()) == 0
    put(person, 3)
    assert asyncio.run(poller(port, boxes).take_new()) == 1
    assert numbers(boxes) == [1, 2, 3]
    person.noop()
    unseen = person.search(None, "UNSEEN")[1][0].split()
    assert len(unseen) == 2  # we mark nothing as read


def test_what_could_not_be_kept_is_not_marked(port: int, person: imaplib.IMAP4) -> None:
    boxes = Boxes()
    put(person, 1)
    boxes.busy = True
    with pytest.raises(BusyError):
        asyncio.run(poller(port, boxes).take_new())
    boxes.busy = False
    assert asyncio.run(poller(port, boxes).take_new()) == 1


def test_a_message_that_is_refused_stays_and_keeps_no_other_waiting(
    port: int, person: imaplib.IMAP4
) -> None:
    boxes = Boxes()
    put(person, 13, 14)
    assert asyncio.run(poller(port, boxes).take_new()) == 1
    assert asyncio.run(poller(port, boxes).take_new()) == 0
    person.noop()
    assert len(person.search(None, "KEYWORD GatepostRefused")[1][0].split()) == 1


@pytest.mark.parametrize("then", ["delete", "Taken"])
def test_taken_messages_may_be_deleted_or_moved(
    port: int, person: imaplib.IMAP4, then: str
) -> None:
    person.create("Taken")
    boxes = Boxes()
    put(person, 1, 2)
    assert asyncio.run(poller(port, boxes, then).take_new()) == 2
    person.noop()
    assert person.search(None, "ALL")[1][0] == b""
    assert person.select("Taken")[1][0] == (b"0" if then == "delete" else b"2")


def test_new_mail_is_taken_as_it_comes(port: int, person: imaplib.IMAP4) -> None:
    boxes = Boxes()

    async def run() -> None:
        ready = asyncio.Event()
        working = asyncio.create_task(poller(port, boxes).run(ready.set))
        await asyncio.wait_for(ready.wait(), 10)
        await asyncio.to_thread(put, person, 1)
        end = monotonic() + 10
        while not boxes.got:
            assert monotonic() < end
            await asyncio.sleep(0.02)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    asyncio.run(run())
    assert numbers(boxes) == [1]


def test_a_refused_log_in_and_a_server_that_is_not_there_are_said(port: int) -> None:
    with pytest.raises(ImapError, match="refuses the log-in"):
        asyncio.run(poller(port, Boxes(), password="wrong").take_new())
    with pytest.raises(ImapError, match="cannot be used"):
        asyncio.run(poller(9, Boxes()).take_new())


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_connection_is_secured_and_a_stranger_s_certificate_refused(
    server: Server, person: imaplib.IMAP4, tls: str
) -> None:
    boxes = Boxes()
    put(person, 1)
    account = ImapAccount(
        "127.0.0.1", "support", "support@shop.example", password="secret", then="delete",
        port=server.tls_port if tls == "implicit" else server.port, tls=tls,  # type: ignore[arg-type]  # one of them
    )  # fmt: skip
    with pytest.raises(ImapError, match="certificate"):
        asyncio.run(Poller(account, boxes).take_new())
    assert asyncio.run(Poller(account, boxes, tls_context=server.trust).take_new()) == 1
