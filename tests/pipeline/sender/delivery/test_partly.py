"""A server that takes a message for some recipients and not now for the others."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from pipeline.sender.delivery.connecting import Route
from pipeline.sender.delivery.handing_over import Part, hand_over
from pipeline.sender.delivery.session import HandedOver, Session
from pipeline.store.delivery_queue import Claimed
from policy.lifecycle import LifecycleEvent
from tests.pipeline.sender.delivery.test_session import claimed, marked
from tests.pipeline.sender.support import EMAIL, Running, Sink

NO_ROOM = "452 4.5.3 too many recipients"


class Few:
    """A server that takes `most` recipients at once, and answers all that is said together."""

    def __init__(self, most: int, *, pipelining: bool, dots: Sequence[bytes] = ()) -> None:
        self.most = most
        self.pipelining = pipelining
        self.dots = list(dots)
        self.got: list[list[str]] = []
        self.connections = 0
        self.heard: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(b"220 hello\r\n")
        taken: list[str] = []
        try:
            while line := await reader.readline():
                self.heard.append(line[:4])
                match line[:4].upper():
                    case b"EHLO":
                        writer.write(b"250-hello\r\n" + b"250-PIPELINING\r\n" * self.pipelining)
                        writer.write(b"250 SIZE\r\n")
                    case b"RCPT" if b"nobody" in line:
                        writer.write(b"550 5.1.1 nobody\r\n")
                    case b"RCPT" if len(taken) >= self.most:
                        writer.write(NO_ROOM.encode() + b"\r\n")
                    case b"RCPT":
                        taken.append(line[9:-3].decode())
                        writer.write(b"250 ok\r\n")
                    case b"DATA" if not taken:
                        writer.write(b"554 5.5.1 no valid recipients\r\n")
                    case b"DATA":
                        writer.write(b"354 go on\r\n")
                        await reader.readuntil(b"\r\n.\r\n")
                        answer = self.dots.pop(0) if self.dots else b"250 ok\r\n"
                        if not answer:
                            break
                        if answer.startswith(b"250"):
                            self.got.append(taken)
                        writer.write(answer)
                    case other:
                        if other in (b"MAIL", b"RSET"):
                            taken = []
                        writer.write(b"250 ok\r\n")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def over(servers: Sequence[Few], messages: Sequence[Claimed]) -> list[HandedOver]:
    """Hand over, one message after the other, over one conversation with each server.

    With several servers, the n-th recipient is the n-th server's.
    """

    async def run() -> list[HandedOver]:
        listening = [await asyncio.start_server(one, "127.0.0.1", 0) for one in servers]
        sessions = [
            Session((Route("127.0.0.1", one.sockets[0].getsockname()[1], "off", timeout=1),))
            for one in listening
        ]
        results = []
        for message in messages:
            for session in sessions:
                await session.open()
            everybody, copies = message.envelope.recipients, message.envelope.copies
            shares = [everybody] if len(servers) == 1 else [(one,) for one in everybody]
            parts = [
                Part(session, share, copies if place == 0 else ())
                for place, (session, share) in enumerate(zip(sessions, shares, strict=True))
            ]
            results.append(await hand_over(message, parts, marked))
        for session, one in zip(sessions, listening, strict=True):
            session.close()
            one.close()
        return results

    return asyncio.run(run())


PEOPLE = ("a@b.example", "c@b.example", "nobody@b.example", "d@b.example")


@pytest.mark.parametrize("pipelining", [False, True])
def test_those_who_are_taken_get_it_and_the_others_wait(pipelining: bool) -> None:
    server = Few(2, pipelining=pipelining)
    (result,) = over([server], [claimed(*PEOPLE)])
    assert result.event is LifecycleEvent.DEFER
    assert result.reply == NO_ROOM
    assert result.arrived == (("a@b.example", "250 ok"), ("c@b.example", "250 ok"))
    assert result.refused == (("nobody@b.example", "550 5.1.1 nobody"),)
    assert server.got == [["a@b.example", "c@b.example"]]


@pytest.mark.parametrize("pipelining", [False, True])
def test_where_nobody_is_taken_now_the_message_waits(pipelining: bool) -> None:
    server = Few(0, pipelining=pipelining)
    first, second = over([server], [claimed(*PEOPLE), claimed("nobody@b.example")])
    assert (first.event, first.reply, first.arrived) == (LifecycleEvent.DEFER, NO_ROOM, ())
    assert first.refused == (("nobody@b.example", "550 5.1.1 nobody"),)
    assert second.event is LifecycleEvent.FAIL
    assert server.connections == 1  # it refused the body, too, and so can be kept
    assert server.got == []


@pytest.mark.parametrize("pipelining", [False, True])
def test_without_its_copies_it_reaches_nobody_and_the_body_is_taken_back(pipelining: bool) -> None:
    server = Few(1, pipelining=pipelining)
    first, second = over(
        [server], [claimed("a@b.example", copies=("team@b.example",)), claimed("a@b.example")]
    )
    assert (first.event, first.arrived) == (LifecycleEvent.DEFER, ())
    assert second.event is LifecycleEvent.CONFIRM
    assert server.got == [["a@b.example"]]
    assert server.connections == (2 if pipelining else 1)


def test_those_who_wait_are_not_in_doubt_with_the_others() -> None:
    (result,) = over([Few(1, pipelining=True, dots=[b""])], [claimed("a@b.example", "c@b.example")])
    assert result.event is LifecycleEvent.DOUBT
    assert result.refused == (("c@b.example", NO_ROOM),)


def test_a_refusal_of_all_who_were_taken_is_one_of_the_message() -> None:
    (result,) = over(
        [Few(1, pipelining=True, dots=[b"554 no\r\n"])], [claimed("a@b.example", "c@b.example")]
    )
    assert (result.event, result.reply, result.arrived) == (LifecycleEvent.FAIL, "554 no", ())


def test_one_server_that_is_not_ready_keeps_the_others_from_nothing() -> None:
    ready, busy = Few(5, pipelining=True), Few(5, pipelining=True, dots=[b"451 later\r\n"])
    (result,) = over([ready, busy], [claimed("a@b.example", "c@d.example")])
    assert (result.event, result.reply) == (LifecycleEvent.DEFER, "451 later")
    assert result.arrived == (("a@b.example", "250 ok"),)
    assert (ready.got, busy.got) == ([["a@b.example"]], [])


def test_a_group_of_commands_is_one_round_trip() -> None:
    server = Few(9, pipelining=True)
    over([server], [claimed("a@b.example", "c@b.example")])
    assert server.heard == [b"EHLO", b"MAIL", b"RCPT", b"RCPT", b"DATA"]


def test_everybody_gets_it_once_however_few_are_taken_at_once(service: Running, smtp: Sink) -> None:
    taken = 0

    def few(phase: str, argument: str) -> str | None:
        nonlocal taken
        taken = taken + 1 if phase == "rcpt" else 0
        return NO_ROOM if taken > 3 else None

    smtp.hook = few
    people = [f"customer{number}@example.org" for number in range(5)]
    queued = service.post("/v1/emails", {**EMAIL, "to": people}).json()
    service.until(queued["id"], "sent")
    got = Counter(recipient for recipients, _ in smtp.got for recipient in recipients)
    assert got == dict.fromkeys((*people, "team@yourstore.example"), 1)
    view = service.get(f"/v1/emails/{queued['id']}").json()
    assert {one["outcome"] for one in view["recipients"]} == {"sent"}
    assert [one["outcome"] for one in view["attempts"]] == ["defer", "confirm"]
