"""A real SMTP and LMTP conversation with a listener that hands in to a real service."""

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
import trustme

from pipeline.inbound.intake import BusyError, RefusedMailError, RemoteIntake, UnknownMailboxError
from pipeline.inbound.listener import listening
from tests.pipeline.inbound.letters import bounce
from tests.pipeline.sender.support import Running
from tests.pipeline.sender.test_inbound import letter

Result = TypeVar("Result")
SUPPORT = "support@yourstore.example"


class Boxes:
    """An intake in memory, some of whose mailboxes misbehave."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.broken: set[str] = set()

    async def knows(self, address: str) -> bool:
        if address == "down@shop.example":
            raise BusyError("down")
        return address.endswith("@shop.example")

    async def take(self, raw: bytes, address: str) -> str:
        if address in self.broken:
            raise BusyError("busy")
        if address.startswith("gone"):
            raise UnknownMailboxError(address)
        if b"REFUSE" in raw:
            raise RefusedMailError("no")
        if b"BREAK" in raw:
            raise ZeroDivisionError
        self.got.append((address, raw))
        return str(len(self.got))


def talk(intake: Any, protocol: str, speak: Callable[[int], Result]) -> Result:
    async def run() -> Result:
        async with listening(intake, protocol, "127.0.0.1", 0, largest=200_000) as one:  # type: ignore[arg-type]  # a literal
            return await asyncio.to_thread(speak, one.port)

    return asyncio.run(run())


def send(
    port: int, *to: str, raw: bytes = b"Subject: hi\r\n\r\nhello\r\n", sender: str = "a@b.example"
) -> int:
    """Send over SMTP; the code that answered the last thing said."""
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        try:
            client.sendmail(sender, list(to), raw)
        except smtplib.SMTPResponseException as error:
            return error.smtp_code
        except smtplib.SMTPRecipientsRefused as error:
            return max(code for code, _ in error.recipients.values())
    return 250


def test_what_is_taken_is_taken_byte_for_byte() -> None:
    boxes = Boxes()
    raw = b"Subject: hi\r\n\r\n.dot\r\n..two\r\n" + b"x" * 70_000 + b"\r\n\xff\r\n"
    assert talk(boxes, "smtp", lambda port: send(port, "a@shop.example", raw=raw)) == 250
    assert boxes.got == [("a@shop.example", raw)]


@pytest.mark.parametrize(
    ("to", "raw", "code"),
    [
        ("nobody@other.example", b"x: y\r\n\r\n", 550),
        ("gone@shop.example", b"x: y\r\n\r\n", 550),
        ("down@shop.example", b"x: y\r\n\r\n", 451),
        ("a@shop.example", b"REFUSE: y\r\n\r\n", 554),
        ("a@shop.example", b"BREAK: y\r\n\r\n", 451),
        ("a@shop.example", b"x: y\r\n\r\n" + b"y" * 300_000, 552),
    ],
)
def test_what_cannot_be_taken_is_said_at_once(to: str, raw: bytes, code: int) -> None:
    boxes = Boxes()
    assert talk(boxes, "smtp", lambda port: send(port, to, raw=raw)) == code
    assert boxes.got == []


def test_over_smtp_one_mailbox_that_is_busy_puts_the_message_off_for_all() -> None:
    boxes = Boxes()
    boxes.broken = {"b@shop.example"}
    assert talk(boxes, "smtp", lambda port: send(port, "a@shop.example", "b@shop.example")) == 451


def test_over_lmtp_each_mailbox_has_its_own_answer() -> None:
    boxes = Boxes()
    boxes.broken = {"b@shop.example"}

    def speak(port: int) -> list[int]:
        with smtplib.LMTP("127.0.0.1", port) as client:
            client.ehlo()
            client.mail("a@b.example")
            for name in ("a", "b", "c"):
                client.rcpt(f"{name}@shop.example")
            client.docmd("DATA")
            client.send(b"Subject: hi\r\n\r\nhello\r\n.\r\n")
            return [client.getreply()[0] for _ in range(3)]

    assert talk(boxes, "lmtp", speak) == [250, 451, 250]
    assert [address for address, _ in boxes.got] == ["a@shop.example", "c@shop.example"]


def test_a_certificate_secures_the_conversation() -> None:
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(ours)
    authority.configure_trust(theirs)
    boxes = Boxes()

    def speak(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.starttls(context=theirs)
            client.sendmail("a@b.example", ["a@shop.example"], b"Subject: hi\r\n\r\nhello\r\n")

    async def run() -> None:
        async with listening(
            boxes, "smtp", "127.0.0.1", 0, largest=200_000, tls_context=ours
        ) as one:
            await asyncio.to_thread(speak, one.port)

    asyncio.run(run())
    assert len(boxes.got) == 1


def test_a_service_of_its_own_process_takes_mail_and_bounces_durably(shop: Running) -> None:
    async def run() -> list[int]:
        intake = RemoteIntake(shop.url, shop.keys["administration"])
        try:
            async with listening(intake, "lmtp", "127.0.0.1", 0, largest=200_000) as one:
                return await asyncio.to_thread(speak, one.port)
        finally:
            await intake.close()

    def speak(port: int) -> list[int]:
        with smtplib.LMTP("127.0.0.1", port) as client:
            codes = []
            client.ehlo()
            for raw in (letter("Where is it?", 200), letter("Where is it?", 200), bounce()):
                client.mail("")
                codes.append(client.rcpt("nobody@yourstore.example")[0])
                client.rcpt(SUPPORT)
                codes.append(client.data(raw)[0])
        return codes

    assert asyncio.run(run()) == [550, 250, 550, 250, 550, 250]


def test_the_service_itself_takes_mail(shop: Running, lmtp: int) -> None:
    raw = letter("Where is it?", 203)
    with smtplib.LMTP("127.0.0.1", lmtp, timeout=30) as client:
        client.ehlo()
        assert client.mail("")[0] == 250
        assert client.rcpt("nobody@yourstore.example")[0] == 550
        assert client.rcpt(SUPPORT)[0] == 250
        code, answer = client.data(raw)
    assert code == 250
    identity = answer.decode().rpartition(" ")[2]
    assert shop.get(f"/v1/emails/{identity}").json()["status"] == "delivered"


def test_a_service_that_is_not_there_puts_mail_off() -> None:
    async def run() -> None:
        intake = RemoteIntake("http://127.0.0.1:9", "key")
        try:
            with pytest.raises(BusyError):
                await intake.knows(SUPPORT)
            with pytest.raises(BusyError):
                await intake.take(b"x", SUPPORT)
        finally:
            await intake.close()

    asyncio.run(run())


def test_a_key_that_may_not_take_mail_in_loses_nothing(shop: Running) -> None:
    async def run() -> None:
        intake = RemoteIntake(shop.url, shop.keys["sending"])
        try:
            with pytest.raises(BusyError, match="403"):
                await intake.take(letter("x", 201), SUPPORT)
            admin = RemoteIntake(shop.url, shop.keys["administration"])
            with pytest.raises(UnknownMailboxError):
                await admin.take(letter("x", 202), "nobody@yourstore.example")
            await admin.close()
        finally:
            await intake.close()

    asyncio.run(run())
