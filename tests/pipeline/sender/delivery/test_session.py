"""What the mail server may do to us, and what becomes of the message each time."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pipeline.sender.delivery.connecting import Route, RouteDownError
from pipeline.sender.delivery.handing_over import Part, hand_over
from pipeline.sender.delivery.schedule import gives_up, next_try_seconds
from pipeline.sender.delivery.session import HandedOver, Session
from pipeline.store.delivery_queue import Claimed
from pipeline.store.execution import RefusedError
from pipeline.store.messages import Envelope
from policy.lifecycle import LifecycleEvent
from tests.pipeline.sender.support import EMAIL, Running, Sink, serving, sink, wait_for

MIME = b"Subject: x\r\n\r\n.\r\n..\r\n.dot\r\nend\r\n"
Answer = Callable[[str, str], str | None]


def claimed(*recipients: str, copies: tuple[str, ...] = (), mime: bytes = MIME) -> Claimed:
    envelope = Envelope("orders@shop.example", recipients or ("a@b.example",), copies)
    return Claimed("1", envelope, "0" * 64, 0, 1, mime)


async def marked() -> None:
    """The dot may be written."""


class Rude:
    """A server that says whatever it is told to, phase by phase; `None` says nothing and hangs."""

    def __init__(self, **answers: str | None) -> None:
        self.answers = {"banner": "220 hello", "ehlo": "250 hello", "dot": "250 ok", **answers}
        self.got: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not await self._say("banner", writer):
                return
            while line := await reader.readline():
                phase = line[:4].decode().strip().lower()
                if phase == "data" and self.answers.get("data", "354 go on").startswith("354"):
                    writer.write(b"354 go on\r\n")
                    self.got.append(await reader.readuntil(b"\r\n.\r\n"))
                    phase = "dot"
                if not await self._say(phase, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _say(self, phase: str, writer: asyncio.StreamWriter) -> bool:
        answer = self.answers.get(phase, "250 ok")
        if answer == "hang up":
            return False
        if answer == "be silent":
            await asyncio.sleep(30)
        elif answer == "never end":
            with_dash = b"250-and then\r\n" * 4
            while not writer.is_closing():
                writer.write(with_dash)
                await writer.drain()
                await asyncio.sleep(0.02)
        else:
            writer.write(f"{answer}\r\n".encode())
        return True


async def handed(
    message: Claimed, route: Route, mark: Callable[[], Awaitable[None]] = marked
) -> HandedOver:
    session = Session((route,))
    try:
        await session.open()
        envelope = message.envelope
        part = Part(session, envelope.recipients, envelope.copies)
        return await hand_over(message, [part], mark)
    finally:
        session.close()


def attempt(
    server: Rude, message: Claimed | None = None, *, mark: Callable[[], Awaitable[None]] = marked,
    tls: str = "off",
) -> HandedOver:  # fmt: skip
    async def run() -> HandedOver:
        listening = await asyncio.start_server(server, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        route = Route("127.0.0.1", port, tls, timeout=0.3, dot_timeout=0.3)
        try:
            return await handed(message or claimed(), route, mark)
        finally:
            listening.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("answers", "event"),
    [
        ({}, LifecycleEvent.CONFIRM),
        ({"mail": "421 busy"}, LifecycleEvent.DEFER),
        ({"mail": "550 no"}, LifecycleEvent.FAIL),
        ({"mail": "hang up"}, LifecycleEvent.DEFER),
        ({"mail": "be silent"}, LifecycleEvent.DEFER),
        ({"rcpt": "451 greylisted"}, LifecycleEvent.DEFER),
        ({"rcpt": "550 5.1.1 nobody"}, LifecycleEvent.FAIL),
        ({"rcpt": "never end"}, LifecycleEvent.DEFER),
        ({"data": "451 later"}, LifecycleEvent.DEFER),
        ({"data": "554 never"}, LifecycleEvent.FAIL),
        ({"dot": "451 later"}, LifecycleEvent.DEFER),
        ({"dot": "552 too big"}, LifecycleEvent.FAIL),
        ({"dot": "hang up"}, LifecycleEvent.DOUBT),
        ({"dot": "be silent"}, LifecycleEvent.DOUBT),
        ({"dot": "never end"}, LifecycleEvent.DOUBT),
        ({"ehlo": "502 what?"}, LifecycleEvent.CONFIRM),  # HELO it knows
        ({"ehlo": "250-hello\r\n250 SIZE 10"}, LifecycleEvent.FAIL),
        ({"ehlo": "250-hello\r\n250 SIZE 99999"}, LifecycleEvent.CONFIRM),
    ],
)
def test_what_the_server_says_decides(answers: dict[str, str], event: LifecycleEvent) -> None:
    assert attempt(Rude(**answers)).event is event


@pytest.mark.parametrize(
    "answers",
    [
        {"banner": "554 go away"},
        {"banner": "hang up"},
        {"banner": "be silent"},
        {"ehlo": "hang up"},
        {"ehlo": "550 not you"},
    ],
)
def test_a_server_that_is_none_costs_no_attempt(answers: dict[str, str]) -> None:
    with pytest.raises(RouteDownError):
        attempt(Rude(**answers))


def test_nothing_is_sent_in_clear_where_tls_is_required() -> None:
    server = Rude()
    with pytest.raises(RouteDownError):
        attempt(server, tls="required")
    assert server.got == []


def test_dots_arrive_as_they_were_written() -> None:
    server = Rude()
    attempt(server)
    assert server.got == [b"Subject: x\r\n\r\n..\r\n...\r\n..dot\r\nend\r\n.\r\n"]


def test_no_dot_is_written_before_it_is_marked() -> None:
    server = Rude()

    async def refuse() -> None:
        raise RefusedError(("sending is paused",))

    result = attempt(server, mark=refuse)
    assert result.event is LifecycleEvent.LAPSE
    assert server.got == []  # the server never saw the end of the message


@pytest.mark.parametrize(
    ("last_word", "event", "reply"),
    [
        (b"550 5.7.1 not this\r\n", LifecycleEvent.FAIL, "550 5.7.1 not this"),
        (b"451 later\r\n", LifecycleEvent.DEFER, "451 later"),
        (b"250 ok\r\n", LifecycleEvent.DEFER, "The server spoke out of turn"),
        (b"", LifecycleEvent.DEFER, "Connection lost"),
    ],
)
def test_what_is_said_before_the_dot_and_a_hang_up_counts(
    last_word: bytes, event: LifecycleEvent, reply: str
) -> None:
    class Impatient(Rude):
        async def __call__(
            self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            writer.write(b"220 hello\r\n")
            while not (line := await reader.readline()).startswith(b"DATA"):
                assert line
                writer.write(b"250 ok\r\n")
            writer.write(b"354 go on\r\n")
            await reader.readuntil(b"end\r\n")
            writer.write(last_word)
            writer.close()
            await writer.wait_closed()
            self.left.set()

        left: asyncio.Event

    server = Impatient()

    async def mark() -> None:
        await server.left.wait()
        await asyncio.sleep(0.05)  # what it said is under way

    async def run() -> HandedOver:
        server.left = asyncio.Event()
        listening = await asyncio.start_server(server, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        try:
            return await handed(claimed(), Route("127.0.0.1", port, "off", timeout=2), mark)
        finally:
            listening.close()

    found = asyncio.run(run())
    assert (found.event, found.reply) == (event, reply)


def test_who_was_refused_before_a_hang_up_stays_refused() -> None:
    class Hasty(Rude):
        async def _say(self, phase: str, writer: asyncio.StreamWriter) -> bool:
            answers = {"rcpt": "550 5.1.1 nobody"} if "rcpt" not in self.seen else {}
            going = phase != "rcpt" or phase not in self.seen
            self.seen.append(phase)
            self.answers.update(answers)
            return going and await super()._say(phase, writer)

        seen: list[str]

    server = Hasty()
    server.seen = []
    found = attempt(server, claimed("gone@b.example", "here@b.example"))
    assert found.event is LifecycleEvent.DEFER
    assert found.refused == (("gone@b.example", "550 5.1.1 nobody"),)


def test_an_address_that_needs_smtputf8_fails_where_it_is_not_spoken() -> None:
    result = attempt(Rude(), claimed("käthe@b.example"))
    assert result.event is LifecycleEvent.FAIL
    assert "5.6.7" in result.reply


def test_one_recipient_refused_for_good_does_not_keep_the_other() -> None:
    with sink() as smtp:
        smtp.hook = lambda phase, argument: (
            "550 5.1.1 nobody" if argument == "bad@b.example" else None
        )

        message = claimed("bad@b.example", "good@b.example")
        result = asyncio.run(handed(message, Route("127.0.0.1", smtp.port, "off")))
    assert result.event is LifecycleEvent.CONFIRM
    assert result.refused == (("bad@b.example", "550 5.1.1 nobody"),)
    assert [recipients for recipients, _ in smtp.got] == [["good@b.example"]]


def test_without_its_copy_to_oversight_a_message_does_not_leave() -> None:
    with sink() as smtp:
        smtp.hook = lambda phase, argument: (
            "550 5.1.1 nobody" if argument == "team@b.example" else None
        )

        message = claimed(copies=("team@b.example",))
        result = asyncio.run(handed(message, Route("127.0.0.1", smtp.port, "off")))
    assert result.event is LifecycleEvent.DEFER
    assert smtp.got == []


@pytest.mark.parametrize(
    "address",
    [
        "c@d.example, e@f.example",
        "c@d.example>\r\nRCPT TO:<evil@f.example",
        "c@d.example> BODY=8BITMIME",
        "c d@e.example",
        "c@d@e.example",
        "c@d.example\x00",
        "c@d.example\u2028",
        "<c@d.example>",
        "c",
        "",
    ],
)
def test_an_address_is_written_as_it_is_or_not_at_all(address: str) -> None:
    server = Rude(ehlo="250-hello\r\n250 SMTPUTF8")
    result = attempt(server, claimed(address))
    assert result.event is LifecycleEvent.FAIL
    assert result.reply.startswith("5.1.3")
    assert server.got == []


def test_the_schedule_grows_and_ends() -> None:
    waits = [next_try_seconds(attempts) for attempts in range(1, 9)]
    assert 48 <= waits[0] <= 72
    assert 11_520 <= waits[-1] <= 17_280
    assert not gives_up(7, 48)
    assert gives_up(20, 48)


def test_a_lost_answer_is_shown_as_unknown_and_not_repeated(service: Running, smtp: Sink) -> None:
    smtp.hook = lambda phase, argument: "keep and hang up" if phase == "data" else None
    queued = service.post("/v1/emails", EMAIL).json()
    service.until(queued["id"], "unknown")
    assert len(smtp.got) == 1
    view = service.get(f"/v1/emails/{queued['id']}").json()
    assert view["attempts"][0]["outcome"] == "doubt"
    assert {one["outcome"] for one in view["recipients"]} == {"unknown"}
    # It is for a person to find out, or to prefer twice to never.
    smtp.hook = lambda phase, argument: None
    decision = {"email_id": queued["id"], "outcome": "retry"}
    assert service.post("/v1/oversight/resolve", decision).status_code == 403
    assert service.post("/v1/oversight/resolve", decision, by="oversight").status_code == 200
    service.until(queued["id"], "sent")
    assert len(smtp.got) == 2


def test_a_refusal_for_now_is_deferred_and_one_for_good_fails(service: Running, smtp: Sink) -> None:
    smtp.hook = lambda phase, argument: "451 4.7.1 greylisted" if phase == "data" else None
    first = service.post("/v1/emails", EMAIL).json()
    service.until(first["id"], "deferred")
    smtp.hook = lambda phase, argument: "554 5.7.1 <b>no</b>" if phase == "data" else None
    second = service.post("/v1/emails", EMAIL).json()
    service.until(second["id"], "failed")
    assert service.get(f"/v1/emails/{second['id']}").json()["last_reply"] == "554 5.7.1 <b>no</b>"


def test_mail_waits_for_a_server_that_is_away(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(tmp_path, port) as service:
        queued = service.post("/v1/emails", EMAIL).json()
        wait_for(
            lambda: service.get(f"/v1/emails/{queued['id']}").json()["last_reply"],
            lambda reply: reply is not None and "cannot be spoken to" in reply,
        )
        assert service.status(queued["id"]) in ("queued", "sending")
    with sink() as smtp, serving(tmp_path, smtp.port) as service:
        service.until(queued["id"], "sent")
        assert len(smtp.got) == 1
