"""One SMTP conversation with a server, kept open from message to message.

The phases are driven one by one, because the type of an error cannot tell whether the server has
the message: only whether the final dot had been written can.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from aiosmtplib.errors import SMTPException, SMTPResponseException, SMTPServerDisconnected

from pipeline.sender.delivery.connecting import Route, RouteDownError, open_conversation
from pipeline.sender.delivery.conversation import CLOSING, Answer, Conversation, TurnedAwayError
from policy.lifecycle import LifecycleEvent

__all__ = ["EndedError", "HandedOver", "Session", "Turned"]

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_IDLE_SECONDS = 5.0
_ADDRESS = re.compile(r"[^\s<>@\x00-\x1f\x7f]+@[^\s<>@\x00-\x1f\x7f]+")
_OK = 250
_TAKEN = (_OK, 251)  # 251: it will be forwarded
_START_INPUT = 354
_ANOTHER_REASON = re.compile(r"4(?!21)\d\d\b(?!\W4\.7\.)")


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How an attempt ended: the event, the answer, and recipients refused for good.

    With a `defer` or `doubt`, those of `arrived` have the message all the same, by the answer to
    each: only the rest wait, or are in doubt.
    """

    event: LifecycleEvent
    reply: str
    refused: tuple[tuple[str, str], ...] = ()
    arrived: tuple[tuple[str, str], ...] = ()

    @property
    def too_fast(self) -> bool:
        """Whether the server bears no more now: it says 421 or 4.7.x (RFC 3463), or hangs up."""
        return self.event is LifecycleEvent.DEFER and not _ANOTHER_REASON.match(self.reply)


class EndedError(Exception):
    """The attempt ended before the final dot; `result` says how."""

    def __init__(self, result: HandedOver) -> None:
        super().__init__(result.reply)
        self.result = result


@dataclass(frozen=True, slots=True)
class Turned:
    """Recipients whom the server did not take, with its answers: for good, and for now."""

    away: tuple[tuple[str, str], ...] = ()
    later: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.away) + len(self.later)


class Session:
    """A conversation with one of `routes`, the first that answers; opened when it is needed."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        self.route = routes[0]
        self._conversation: Conversation | None = None
        self._fresh = True
        self._open_transaction = False
        self._body_asked_for = False  # with the envelope, and its answer is not read yet
        self.used_at = 0.0

    async def open(self) -> None:
        """Have a conversation with no transaction open; raises RouteDownError."""
        kept = self._conversation
        if kept is not None and kept.is_open:
            self._fresh = False
            if not self._open_transaction and monotonic() - self.used_at < _IDLE_SECONDS:
                return
            try:
                kept.say(b"RSET")  # servers hang up on the idle; find out before it counts
                await kept.answer(self.route.timeout)
                self._open_transaction = False
                if kept.is_open:
                    return
            except (SMTPException, OSError):
                self.close()
        reasons = []
        for route in self._routes:
            try:
                self._conversation = Conversation(await open_conversation(route))
            except RouteDownError as error:
                reasons.append(str(error))
                continue
            self.route, self._fresh, self.used_at = route, True, monotonic()
            self._open_transaction = False
            return
        raise RouteDownError("; ".join(reasons))

    async def envelope(
        self,
        sender: str,
        recipients: Sequence[str],
        copies: Sequence[str],
        octets: int,
        *,
        alone: bool = False,
    ) -> Turned:
        """Sender and recipients of a message of so many octets; returns whom it is not taken for.

        `alone`, no other server has a say in whether the body follows, and it is asked for at once.
        Raises EndedError when the server takes none of it now or ever, or not for all `copies`.
        """
        addresses = (sender, *copies, *recipients)
        mail = b" ".join((b"MAIL FROM:" + _path(sender), *self._options(octets, addresses)))
        commands = [mail, *(b"RCPT TO:" + _path(one) for one in addresses[1:])]
        self._open_transaction = True
        answers: list[Answer] = []
        try:
            await self._converse(commands, answers, alone=alone)
        except (SMTPException, OSError, ValueError) as error:
            self.close()
            if isinstance(error, SMTPServerDisconnected) and not self._fresh:
                # It hung up on an idle conversation: that is no fault of this message.
                await self._open_anew()
                return await self.envelope(sender, recipients, copies, octets, alone=alone)
            told = answers[len(copies) + 1 :]  # who was refused for good stays so
            away = _turned(recipients[: len(told)], told).away
            raise EndedError(HandedOver(LifecycleEvent.DEFER, _line(error), away)) from error
        no_sender = answers[0].code != _OK
        decisive = answers[0] if no_sender else answers[-1]
        if no_sender or decisive.code == CLOSING:
            await self._abandon_body()
            raise EndedError(HandedOver(_event_of(decisive.code), _said(decisive)))
        copied, told = answers[1 : len(copies) + 1], answers[len(copies) + 1 :]
        unwatched = [answer for answer in copied if answer.code not in _TAKEN]
        turned = _turned(recipients, told)
        if unwatched:
            await self._abandon_body()
            raise EndedError(HandedOver(LifecycleEvent.DEFER, _said(unwatched[0]), turned.away))
        if recipients and len(turned) == len(recipients):
            await self._abandon_body()
        return turned

    async def body(self, mime: bytes) -> None:
        """Everything but the final dot; raises EndedError."""
        conversation = self._talking()
        try:
            if not self._body_asked_for:
                conversation.say(b"DATA")
            self._body_asked_for = False
            answer = await conversation.answer(self.route.timeout)
            if answer.code == _START_INPUT:
                conversation.write(_LEADING_DOT.sub(b"..", mime))
        except (SMTPException, OSError) as error:
            self.close()
            raise EndedError(HandedOver(_event_of_error(error), _line(error))) from error
        if answer.code != _START_INPUT:
            raise EndedError(HandedOver(_event_of(answer.code), _said(answer)))

    async def dot(self) -> HandedOver:
        """The final dot and its answer: `doubt` if it was written and none came. Never raises."""
        conversation = self._talking()
        try:
            conversation.say(b".")
        except (SMTPException, OSError) as error:  # the server went before it: nothing is in doubt
            self.close()
            return HandedOver(_event_of_error(error), _line(error))
        try:
            answer = await conversation.answer(self.route.dot_timeout)
        except (SMTPException, OSError) as error:
            self.close()
            return HandedOver(LifecycleEvent.DOUBT, _line(error))
        self._open_transaction = False
        self.used_at = monotonic()
        event = LifecycleEvent.CONFIRM if answer.code == _OK else _event_of(answer.code)
        return HandedOver(event, _said(answer))

    def close(self) -> None:
        """Hang up; what was given without its dot the server throws away."""
        if self._conversation is not None:
            self._conversation.close()
            self._conversation = None
            self._body_asked_for = False

    def _talking(self) -> Conversation:
        assert self._conversation is not None, "open() comes first"
        return self._conversation

    async def _converse(
        self, commands: Sequence[bytes], answers: list[Answer], *, alone: bool
    ) -> None:
        """Add to `answers` those to all `commands`, or up to the one after which none is due."""
        conversation, seconds = self._talking(), self.route.timeout
        at_once = "pipelining" in conversation.extensions
        if at_once:
            self._body_asked_for = alone
            conversation.say(*commands, *([b"DATA"] if alone else []))
        for command in commands:
            if not at_once:
                conversation.say(command)
            answers.append(await conversation.answer(seconds))
            if answers[-1].code == CLOSING or answers[0].code != _OK:
                break
        if at_once and conversation.is_open:
            await conversation.pass_over(len(commands) - len(answers), seconds)

    async def _abandon_body(self) -> None:
        """A server that goes on to take the body is left: it may have nobody to take it for."""
        if not self._body_asked_for:
            return
        self._body_asked_for = False
        try:
            answer = await self._talking().answer(self.route.timeout)
        except (SMTPException, OSError):
            self.close()
        else:
            if answer.code == _START_INPUT:
                self.close()

    async def _open_anew(self) -> None:
        try:
            await self.open()
        except RouteDownError as error:
            raise EndedError(HandedOver(LifecycleEvent.LAPSE, str(error))) from error

    def _options(self, octets: int, addresses: Sequence[str]) -> list[bytes]:
        extensions, options = self._talking().extensions, list[bytes]()
        if "size" in extensions:
            limit = extensions["size"]
            if limit.isdigit() and 0 < int(limit) < octets:
                what = f"the message has {octets} octets, the server takes {limit}"
                raise EndedError(HandedOver(LifecycleEvent.FAIL, what))
            options.append(f"SIZE={octets}".encode("ascii"))
        if not "".join(addresses).isascii():
            if "smtputf8" not in extensions:
                what = "5.6.7 the server does not take such addresses"
                raise EndedError(HandedOver(LifecycleEvent.FAIL, what))
            options.append(b"SMTPUTF8")
        return options


def _turned(recipients: Sequence[str], answers: Sequence[Answer]) -> Turned:
    away, later = list[tuple[str, str]](), list[tuple[str, str]]()
    for address, answer in zip(recipients, answers, strict=True):
        if answer.code not in _TAKEN:
            for_good = _event_of(answer.code) is LifecycleEvent.FAIL
            (away if for_good else later).append((address, _said(answer)))
    return Turned(tuple(away), tuple(later))


def _event_of(code: int) -> LifecycleEvent:
    """What an answer that is not the awaited one means; an odd one is not final."""
    return LifecycleEvent.FAIL if 500 <= code < 600 else LifecycleEvent.DEFER


def _event_of_error(error: BaseException) -> LifecycleEvent:
    """What the end of a conversation between envelope and final dot means for the message."""
    return _event_of(error.code if isinstance(error, TurnedAwayError) else CLOSING)


def _path(address: str) -> bytes:
    """`address` as a path (RFC 5321, 4.1.2), written as it is or, with EndedError, not at all.

    The client library would parse it again, and shorten what it does not understand.
    """
    if _ADDRESS.fullmatch(address) is None:
        what = f"5.1.3 {address!r} is no address that can stand in an envelope"
        raise EndedError(HandedOver(LifecycleEvent.FAIL, what))
    return b"<" + address.encode("utf-8") + b">"


def _said(answer: Answer) -> str:
    return f"{answer.code} {_flat(answer.text)}"


def _line(error: BaseException) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {_flat(error.message)}"
    return _flat(str(error) or type(error).__name__)


def _flat(text: str) -> str:
    """An answer as one line of at most 500 printable characters."""
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())[:500]
