"""Answers are paired with their commands, however they arrive, and nothing else is an answer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPReadTimeoutError, SMTPResponseException, SMTPServerDisconnected
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sender.delivery.conversation import Answer, Conversation

Heard = list[bytes]


class Wire(asyncio.Transport):
    """A connection of which the test is the other end."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: Heard = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.heard.append(bytes(data))

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        pass

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def conversation() -> tuple[Conversation, Wire]:
    client, wire = SMTP(hostname="mail.example"), Wire()
    client.transport = wire
    return Conversation(client), wire


ANSWERS = st.lists(
    st.tuples(
        st.integers(200, 599).filter(lambda code: code != 421),
        st.lists(st.text("abc <>.=", max_size=8).map(str.strip), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=6,
)


def written(answers: Sequence[tuple[int, list[str]]]) -> bytes:
    lines = [
        f"{code}{'-' if place < len(texts) - 1 else ' '}{text}\r\n"
        for code, texts in answers
        for place, text in enumerate(texts)
    ]
    return "".join(lines).encode()


@given(ANSWERS, st.lists(st.integers(0, 200)))
def test_each_command_gets_its_answer_however_the_octets_arrive(
    answers: list[tuple[int, list[str]]], cuts: list[int]
) -> None:
    async def run() -> list[Answer]:
        talk, wire = conversation()
        talk.say(*(b"NOOP" for _ in answers))
        assert wire.heard == [b"NOOP\r\n" * len(answers)]
        octets, start = written(answers), 0
        for cut in sorted({min(cut, len(octets)) for cut in cuts} | {len(octets)}):
            if cut > start:
                talk.data_received(octets[start:cut])
            start = cut
        found = [await talk.answer(5) for _ in answers]
        assert talk.is_open
        return found

    expected = [Answer(code, "\n".join(texts)) for code, texts in answers]
    assert asyncio.run(run()) == expected


def told(
    happens: Callable[[Conversation], object], commands: int = 1
) -> tuple[list[Answer | type[Exception]], bool]:
    """What is answered to some commands when something happens, and if more can be said."""

    async def run() -> tuple[list[Answer | type[Exception]], bool]:
        talk, _ = conversation()
        talk.say(*(b"NOOP" for _ in range(commands)))
        happened = happens(talk)
        if isinstance(happened, Awaitable):
            await happened
        found: list[Answer | type[Exception]] = []
        for _ in range(commands):
            try:
                found.append(await talk.answer(0.02))
            except Exception as error:
                found.append(type(error))
        return found, talk.is_open

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("octets", "error"),
    [
        (b"hello\r\n", SMTPResponseException),
        (b"25\r\n", SMTPResponseException),
        (b"150 go on\r\n", SMTPResponseException),
        (b"2" * 40_000, SMTPResponseException),
        (b"250-and then\r\n" * 4_000, SMTPResponseException),
        (b"250-and then\r\n", SMTPReadTimeoutError),
        (b"", SMTPReadTimeoutError),
    ],
)
def test_what_is_no_answer_ends_the_conversation(octets: bytes, error: type[Exception]) -> None:
    assert told(lambda talk: talk.data_received(octets) if octets else None) == ([error], False)


def test_more_answers_than_commands_are_not_believed() -> None:
    found, is_open = told(lambda talk: talk.data_received(b"250 one\r\n250 two\r\n"))
    assert found == [Answer(250, "one")]
    assert not is_open


def test_what_the_server_says_unasked_is_no_answer_to_the_next_command() -> None:
    async def run() -> None:
        talk, wire = conversation()
        talk.data_received(b"250 the dot is welcome\r\n")
        assert not talk.is_open
        with pytest.raises(SMTPServerDisconnected):
            talk.say(b"NOOP")
        assert wire.heard == []

    asyncio.run(run())


def test_after_its_last_word_a_server_is_left() -> None:
    found, is_open = told(lambda talk: talk.data_received(b"421 closing\r\n"))
    assert found == [Answer(421, "closing")]
    assert not is_open


def test_answers_that_came_before_the_end_are_given() -> None:
    def refused_and_hung_up(talk: Conversation) -> None:
        talk.data_received(b"554 no\r\n")
        talk.connection_lost(None)

    found, is_open = told(refused_and_hung_up, commands=2)
    assert found == [Answer(554, "no"), SMTPServerDisconnected]
    assert not is_open


@pytest.mark.parametrize("command", [b"RCPT TO:<a@b>\r\nRCPT TO:<c@d>", b"NOOP\n", b"a\x00b"])
def test_a_command_is_one_line(command: bytes) -> None:
    async def run() -> None:
        talk, wire = conversation()
        with pytest.raises(ValueError, match="one line"):
            talk.say(b"NOOP", command)
        assert wire.heard == []

    asyncio.run(run())
