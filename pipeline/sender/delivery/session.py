"""One SMTP conversation with the route, kept open from message to message.

The phases are driven one by one, because the type of an error cannot tell whether the server has
the message: only whether the final dot had been written can. `mark_dot` is awaited between the
last octet of the body and the dot, and only once it has returned is the dot written.
"""

import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from aiosmtplib import SMTP
from aiosmtplib.email import parse_address
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from pipeline.store.delivery_queue import Claimed
from pipeline.store.execution import RefusedError
from policy.lifecycle import LifecycleEvent

__all__ = ["HandedOver", "Route", "RouteDownError", "Session"]

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_IDLE_SECONDS = 5.0
_OK = 250
_WILL_FORWARD = 251
_START_INPUT = 354


@dataclass(frozen=True, slots=True)
class Route:
    """The server that takes our mail, and how to speak to it; times are in seconds."""

    host: str
    port: int
    tls: str
    username: str | None = None
    password: str | None = None
    timeout: float = 60.0
    dot_timeout: float = 600.0
    tls_context: ssl.SSLContext | None = None

    @property
    def name(self) -> str:
        """The route as the log shows it."""
        return f"{self.host}:{self.port}"


class RouteDownError(Exception):
    """The server cannot be reached, or refuses us: no fault of any message."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How an attempt ended: the event, the answer, and recipients refused for good."""

    event: LifecycleEvent
    reply: str
    refused: tuple[tuple[str, str], ...] = ()


class _Ended(Exception):  # noqa: N818  # control flow inside this module, never seen outside
    def __init__(self, result: HandedOver) -> None:
        self.result = result


class Session:
    """A conversation that is opened when it is needed, and again after it broke."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._client: SMTP | None = None
        self._checked_at = 0.0
        self._open_transaction = False

    async def hand_over(
        self, claimed: Claimed, mark_dot: Callable[[], Awaitable[None]]
    ) -> HandedOver:
        """Offer `claimed` to the server; raises RouteDownError when there is no server.

        Never raises for what the server says. The event is `doubt` if and only if the final dot
        may have been written and no answer came.
        """
        client = await self._connected()
        self._open_transaction = True
        try:
            refused = await self._envelope(client, claimed)
            await self._body(client, claimed)
        except _Ended as ended:
            return ended.result
        except (SMTPException, OSError, ValueError) as error:
            self.close()
            return HandedOver(LifecycleEvent.DEFER, _line(error))
        try:
            await mark_dot()
        except RefusedError as refusal:
            self.close()  # without the dot the server throws away what it was given
            return HandedOver(LifecycleEvent.LAPSE, "; ".join(refusal.reasons))
        except BaseException:
            self.close()
            raise
        try:
            code, reply = await client.execute_command(b".", timeout=self._route.dot_timeout)
        except (SMTPException, OSError) as error:
            self.close()
            return HandedOver(LifecycleEvent.DOUBT, _line(error), refused)
        self._open_transaction = False
        self._checked_at = monotonic()
        answer = f"{code} {_flat(reply)}"
        if code == _OK:
            return HandedOver(LifecycleEvent.CONFIRM, answer, refused)
        return HandedOver(_event_of(code), answer, refused)

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def quit(self) -> None:
        """Take leave, if a conversation is open."""
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            try:
                await client.quit(timeout=1)
            except (SMTPException, OSError):
                client.close()

    async def _connected(self) -> SMTP:
        if self._client is not None and self._client.is_connected:
            if not self._open_transaction and monotonic() - self._checked_at < _IDLE_SECONDS:
                return self._client
            try:
                await self._client.rset()  # servers hang up on the idle; find out before it counts
                self._open_transaction = False
                return self._client
            except (SMTPException, OSError):
                self.close()
        route = self._route
        client = SMTP(
            hostname=route.host,
            port=route.port,
            username=route.username,
            password=route.password,
            timeout=route.timeout,
            use_tls=route.tls == "implicit",
            start_tls={"required": True, "opportunistic": None}.get(route.tls, False),
            tls_context=route.tls_context,
        )
        try:
            await client.connect()
            await client.ehlo()
        except SMTPAuthenticationError as error:
            client.close()
            raise RouteDownError(f"{route.name} refuses our credentials: {_line(error)}") from error
        except (SMTPException, OSError, ValueError) as error:
            client.close()
            raise RouteDownError(f"{route.name} cannot be spoken to: {_line(error)}") from error
        self._client = client
        self._checked_at = monotonic()
        return client

    async def _envelope(self, client: SMTP, claimed: Claimed) -> tuple[tuple[str, str], ...]:
        """Sender and recipients; returns those refused for good."""
        options = self._options(client, claimed)
        encoding = "utf-8" if "SMTPUTF8" in options else "ascii"
        try:
            await client.mail(_exact(claimed.envelope.sender), options=options, encoding=encoding)
        except SMTPSenderRefused as error:
            await self._end(client, _event_of(error.code), error)
        refused: list[tuple[str, str]] = []
        for address in claimed.envelope.recipients:
            try:
                await client.rcpt(_exact(address), encoding=encoding)
            except SMTPRecipientRefused as error:
                if _event_of(error.code) is LifecycleEvent.DEFER:
                    # All or nobody: a part that is sent now could not be sent apart later.
                    await self._end(client, LifecycleEvent.DEFER, error)
                refused.append((address, _line(error)))
        if len(refused) == len(claimed.envelope.recipients):
            await self._end(client, LifecycleEvent.FAIL, None, tuple(refused))
        for address in claimed.envelope.copies:
            try:
                await client.rcpt(_exact(address), encoding=encoding)
            except SMTPRecipientRefused as error:
                # The policy lets the message go only under the eyes of whoever gets the copy.
                await self._end(client, LifecycleEvent.DEFER, error)
        return tuple(refused)

    def _options(self, client: SMTP, claimed: Claimed) -> list[str]:
        options = []
        if client.supports_extension("size"):
            limit = client.esmtp_extensions.get("size", "")
            if limit.isdigit() and 0 < int(limit) < len(claimed.mime):
                raise _Ended(
                    HandedOver(
                        LifecycleEvent.FAIL,
                        f"the message has {len(claimed.mime)} octets, the server takes {limit}",
                    )
                )
            options.append(f"SIZE={len(claimed.mime)}")
        envelope = claimed.envelope
        if not "".join((envelope.sender, *envelope.recipients, *envelope.copies)).isascii():
            if not client.supports_extension("smtputf8"):
                raise _Ended(
                    HandedOver(LifecycleEvent.FAIL, "5.6.7 the server does not take such addresses")
                )
            options.append("SMTPUTF8")
        return options

    async def _body(self, client: SMTP, claimed: Claimed) -> None:
        """Everything but the final dot."""
        code, reply = await client.execute_command(b"DATA")
        if code != _START_INPUT:
            raise _Ended(HandedOver(_event_of(code), f"{code} {_flat(reply)}"))
        assert client.protocol is not None, "it has just answered"
        client.protocol.write(_LEADING_DOT.sub(b"..", claimed.mime))

    async def _end(
        self,
        client: SMTP,
        event: LifecycleEvent,
        error: SMTPResponseException | None,
        refused: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """End the attempt but keep the conversation, unless the server is leaving (421)."""
        if error is not None and error.code == 421:
            self.close()
        reply = _line(error) if error is not None else refused[0][1]
        raise _Ended(HandedOver(event, reply, refused))


def _event_of(code: int) -> LifecycleEvent:
    """What an answer that is not the awaited one means; an odd one is not final."""
    return LifecycleEvent.FAIL if 500 <= code < 600 else LifecycleEvent.DEFER


def _exact(address: str) -> str:
    """`address`, certain to reach the wire as it is, for the client library parses it again."""
    if parse_address(address) != address:
        raise ValueError(f"the address {address!r} would be changed on its way")
    return address


def _line(error: BaseException) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {_flat(error.message)}"
    return _flat(str(error) or type(error).__name__)


def _flat(text: str) -> str:
    """An answer as one line of at most 500 printable characters."""
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())[:500]
