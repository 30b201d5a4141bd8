"""One SMTP conversation with a server, kept open from message to message.

The phases are driven one by one, because the type of an error cannot tell whether the server has
the message: only whether the final dot had been written can.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPResponseException, SMTPServerDisconnected

from pipeline.sender.delivery.connecting import Route, RouteDownError, open_conversation
from policy.lifecycle import LifecycleEvent

__all__ = ["EndedError", "HandedOver", "Session"]

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_IDLE_SECONDS = 5.0
_ADDRESS = re.compile(r"[^\s<>@\x00-\x1f\x7f]+@[^\s<>@\x00-\x1f\x7f]+")
_OK = 250
_WILL_FORWARD = 251
_START_INPUT = 354
_ANOTHER_REASON = re.compile(r"4(?!21)\d\d\b(?!\W4\.7\.)")


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How an attempt ended: the event, the answer, and recipients refused for good."""

    event: LifecycleEvent
    reply: str
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def too_fast(self) -> bool:
        """Whether the server bears no more now: it says 421 or 4.7.x (RFC 3463), or hangs up."""
        return self.event is LifecycleEvent.DEFER and not _ANOTHER_REASON.match(self.reply)


class EndedError(Exception):
    """The attempt ended before the final dot; `result` says how."""

    def __init__(self, result: HandedOver) -> None:
        super().__init__(result.reply)
        self.result = result


class Session:
    """A conversation with one of `routes`, the first that answers; opened when it is needed."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        self.route = routes[0]
        self._client: SMTP | None = None
        self._fresh = True
        self._open_transaction = False
        self.used_at = 0.0

    async def open(self) -> None:
        """Have a conversation with no transaction open; raises RouteDownError."""
        if self._client is not None and self._client.is_connected:
            self._fresh = False
            if not self._open_transaction and monotonic() - self.used_at < _IDLE_SECONDS:
                return
            try:
                await self._client.rset()  # servers hang up on the idle; find out before it counts
                self._open_transaction = False
                return
            except (SMTPException, OSError):
                self.close()
        reasons = []
        for route in self._routes:
            try:
                self._client = await open_conversation(route)
            except RouteDownError as error:
                reasons.append(str(error))
                continue
            self.route, self._fresh, self.used_at = route, True, monotonic()
            self._open_transaction = False
            return
        raise RouteDownError("; ".join(reasons))

    async def envelope(
        self, sender: str, recipients: Sequence[str], copies: Sequence[str], octets: int
    ) -> tuple[tuple[str, str], ...]:
        """Sender and recipients of a message of so many octets; returns those refused for good.

        Raises EndedError when the server takes none of it now or ever.
        """
        addresses = (sender, *recipients, *copies)
        options = self._options(octets, addresses)
        self._open_transaction = True
        try:
            await self._mail(_path(sender), options)
            refused = [
                (address, answer)
                for address in recipients
                if (answer := await self._refusal(address)) is not None
            ]
            for address in copies:
                # The policy lets the message go only under the eyes of whoever gets the copy.
                if answer := await self._refusal(address):
                    raise EndedError(HandedOver(LifecycleEvent.DEFER, answer))
        except (SMTPException, OSError, ValueError) as error:
            self.close()
            raise EndedError(HandedOver(LifecycleEvent.DEFER, _line(error))) from error
        return tuple(refused)

    async def body(self, mime: bytes) -> None:
        """Everything but the final dot; raises EndedError."""
        client = self._talking()
        try:
            code, reply = await client.execute_command(b"DATA")
            if code == _START_INPUT:
                if client.protocol is None:
                    raise SMTPServerDisconnected("it hung up before the body")
                client.protocol.write(_LEADING_DOT.sub(b"..", mime))
        except (SMTPException, OSError) as error:
            self.close()
            raise EndedError(HandedOver(LifecycleEvent.DEFER, _line(error))) from error
        if code != _START_INPUT:
            raise EndedError(HandedOver(_event_of(code), f"{code} {_flat(reply)}"))

    async def dot(self) -> HandedOver:
        """The final dot and its answer: `doubt` if and only if none came to it. Never raises."""
        client = self._talking()
        if not client.is_connected:
            self.close()
            return HandedOver(LifecycleEvent.DEFER, "it hung up before the final dot")
        try:
            code, reply = await client.execute_command(b".", timeout=self.route.dot_timeout)
        except (SMTPException, OSError) as error:
            self.close()
            return HandedOver(LifecycleEvent.DOUBT, _line(error))
        self._open_transaction = False
        self.used_at = monotonic()
        event = LifecycleEvent.CONFIRM if code == _OK else _event_of(code)
        return HandedOver(event, f"{code} {_flat(reply)}")

    def close(self) -> None:
        """Hang up; what was given without its dot the server throws away."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _talking(self) -> SMTP:
        assert self._client is not None, "open() comes first"
        return self._client

    async def _mail(self, path: bytes, options: Sequence[bytes]) -> None:
        command = (b"MAIL", b"FROM:" + path, *options)
        try:
            code, reply = await self._talking().execute_command(*command)
        except SMTPServerDisconnected:
            if self._fresh:
                raise
            self.close()  # it hung up on an idle conversation: that is no fault of this message
            try:
                await self.open()
            except RouteDownError as error:
                raise EndedError(HandedOver(LifecycleEvent.LAPSE, str(error))) from error
            self._open_transaction = True
            code, reply = await self._talking().execute_command(*command)
        if code != _OK:
            raise EndedError(HandedOver(_event_of(code), f"{code} {_flat(reply)}"))

    async def _refusal(self, address: str) -> str | None:
        """The answer that refuses `address` for good; raises EndedError when it is for now."""
        code, reply = await self._talking().execute_command(b"RCPT", b"TO:" + _path(address))
        if code in (_OK, _WILL_FORWARD):
            return None
        answer = f"{code} {_flat(reply)}"
        if _event_of(code) is LifecycleEvent.DEFER:
            # All or nobody: a part that is sent now could not be sent apart later.
            raise EndedError(HandedOver(LifecycleEvent.DEFER, answer))
        return answer

    def _options(self, octets: int, addresses: Sequence[str]) -> list[bytes]:
        client, options = self._talking(), list[bytes]()
        if client.supports_extension("size"):
            limit = client.esmtp_extensions.get("size", "")
            if limit.isdigit() and 0 < int(limit) < octets:
                what = f"the message has {octets} octets, the server takes {limit}"
                raise EndedError(HandedOver(LifecycleEvent.FAIL, what))
            options.append(f"SIZE={octets}".encode("ascii"))
        if not "".join(addresses).isascii():
            if not client.supports_extension("smtputf8"):
                what = "5.6.7 the server does not take such addresses"
                raise EndedError(HandedOver(LifecycleEvent.FAIL, what))
            options.append(b"SMTPUTF8")
        return options


def _event_of(code: int) -> LifecycleEvent:
    """What an answer that is not the awaited one means; an odd one is not final."""
    return LifecycleEvent.FAIL if 500 <= code < 600 else LifecycleEvent.DEFER


def _path(address: str) -> bytes:
    """`address` as a path (RFC 5321, 4.1.2), written as it is or, with EndedError, not at all.

    The client library would parse it again, and shorten what it does not understand.
    """
    if _ADDRESS.fullmatch(address) is None:
        what = f"5.1.3 {address!r} is no address that can stand in an envelope"
        raise EndedError(HandedOver(LifecycleEvent.FAIL, what))
    return b"<" + address.encode("utf-8") + b">"


def _line(error: BaseException) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {_flat(error.message)}"
    return _flat(str(error) or type(error).__name__)


def _flat(text: str) -> str:
    """An answer as one line of at most 500 printable characters."""
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())[:500]
