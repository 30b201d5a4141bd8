"""What is said to a mail server once greeting, encryption and sign-in are done.

The client library holds one command at a time, each in its own round trip. Here several may be on
their way at once (RFC 2920), and every answer is paired with the command that it is to: nothing is
taken for an answer that was not asked for.
"""

import asyncio
import re
from collections import deque
from contextlib import suppress
from typing import NamedTuple, cast

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPException,
    SMTPReadTimeoutError,
    SMTPResponseException,
    SMTPServerDisconnected,
)

__all__ = ["CLOSING", "Answer", "Conversation", "TurnedAwayError"]

_LINE = re.compile(rb"([2-5][0-9]{2})([ -]?)(.*)", re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_LONGEST_ANSWER = 32_768
_CODE = len("250-")
CLOSING = 421
"""The code of a server's last word."""
_NO_CODE = -1


class Answer(NamedTuple):
    """A reply of the server (RFC 5321, 4.2); lines of `text` are parted by line feeds."""

    code: int
    text: str


class TurnedAwayError(SMTPServerDisconnected):
    """The server ended the conversation with a refusal, 4xx or 5xx, that nothing had asked for."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code


class Conversation(asyncio.Protocol):
    """Takes over the connection of `client`, which must not be used any more.

    `extensions` are those of the server, by their names in lower case, with what it says of them.
    """

    def __init__(self, client: SMTP) -> None:
        assert client.transport is not None, "the client is connected"
        self.extensions = dict(client.esmtp_extensions)
        self._transport = cast(asyncio.Transport, client.transport)
        client.transport = client.protocol = None  # it is ours to close now
        self._transport.set_protocol(self)
        self._buffer = bytearray()
        self._lines: list[str] = []  # of the answer that is not whole yet
        self._answers: deque[Answer] = deque()
        self._awaited = 0
        self._turn: asyncio.Future[None] | None = None
        self._ended: Exception | None = None

    @property
    def is_open(self) -> bool:
        """Whether anything can be said yet."""
        return self._ended is None and not self._transport.is_closing()

    def say(self, *commands: bytes) -> None:
        """Send commands at once, each of which `answer` gives the answer to, in their order.

        Raises SMTPServerDisconnected, and ValueError for a command that is more than one line.
        """
        if any(_CONTROL.search(command) for command in commands):
            raise ValueError("a command is one line of text")
        self._awaited += len(commands)
        self.write(b"".join(command + b"\r\n" for command in commands))

    def write(self, octets: bytes) -> None:
        """Send what is no command; raises SMTPServerDisconnected."""
        if not self.is_open:
            raise self._ended or SMTPServerDisconnected("Connection lost")
        self._transport.write(octets)

    async def answer(self, seconds: float) -> Answer:
        """The next answer, which must come within `seconds`.

        Raises SMTPServerDisconnected, SMTPReadTimeoutError, SMTPResponseException; nothing more
        can be said then, nor after a server's 421 (RFC 5321, 3.8).
        """
        if not self._answers:
            await self._next(seconds)
        self._awaited -= 1
        answer = self._answers.popleft()
        if answer.code == CLOSING:
            self.close()
        return answer

    async def pass_over(self, answers: int, seconds: float) -> None:
        """Let so many answers come that tell nothing more; if they do not, nothing can be said."""
        with suppress(SMTPException, OSError):
            for _ in range(answers):
                await self.answer(seconds)

    def close(self) -> None:
        """Hang up."""
        self._end(SMTPServerDisconnected("Connection closed"))

    async def _next(self, seconds: float) -> None:
        if self._ended is not None:
            raise self._ended
        loop = asyncio.get_running_loop()
        self._turn = loop.create_future()
        late = SMTPReadTimeoutError("Timed out waiting for server response")
        timer = loop.call_later(seconds, self._end, late)
        try:
            await self._turn
        finally:
            timer.cancel()
            self._turn = None

    # --- what the event loop tells

    def data_received(self, data: bytes) -> None:
        """Take what the server says."""
        if len(self._answers) >= self._awaited:  # what else it may say nobody asked for
            self._end(_last_word(data))
            return
        self._buffer += data
        *whole, rest = self._buffer.split(b"\n")
        self._buffer = bytearray(rest)
        for line in whole:
            if not self._take(bytes(line).rstrip(b"\r")):
                return
        if len(rest) + sum(len(line) + _CODE for line in self._lines) > _LONGEST_ANSWER:
            self._end(SMTPResponseException(_NO_CODE, "Response too long"))
        elif self._answers and self._turn is not None and not self._turn.done():
            self._turn.set_result(None)

    def eof_received(self) -> bool:
        """Let the connection be closed."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits for an answer."""
        lost = SMTPServerDisconnected("Connection lost")
        lost.__cause__ = exc
        self._end(lost)

    def _take(self, line: bytes) -> bool:
        """Take a line of an answer; whether it is one that was asked for."""
        found = _LINE.fullmatch(line)
        if found is not None and len(self._answers) >= self._awaited:
            self._end(_last_word(line))
            return False
        if found is None:
            shown = line[:100].decode("utf-8", "replace")
            self._end(SMTPResponseException(_NO_CODE, f"Malformed SMTP response: {shown}"))
            return False
        code, more, text = found.groups()
        self._lines.append(text.strip(b" \t").decode("utf-8", "surrogateescape"))
        if more != b"-":
            self._answers.append(Answer(int(code), "\n".join(self._lines)))
            self._lines = []
        return True

    def _end(self, why: Exception) -> None:
        """Nothing more can be said, because of `why`; answers that came before are there."""
        if self._ended is None:
            self._ended = why
            self._transport.close()
        if self._turn is not None and not self._turn.done():
            if self._answers:
                self._turn.set_result(None)
            else:
                self._turn.set_exception(self._ended)


def _last_word(data: bytes) -> SMTPServerDisconnected:
    """What ends a conversation whose server speaks out of turn: its refusal, if it is one."""
    line = data.partition(b"\n")[0].rstrip(b"\r")
    found = _LINE.fullmatch(line[:_LONGEST_ANSWER])
    if found is None or found[1][:1] not in b"45" or found[2] == b"-":
        return SMTPServerDisconnected("The server spoke out of turn")
    return TurnedAwayError(int(found[1]), found[3].strip(b" \t").decode("utf-8", "surrogateescape"))
