"""Mail taken in over LMTP (RFC 2033) or SMTP (RFC 5321), from the shop's own mail server.

A message is answered with 250 only when it is durable for the mailbox it came for. Over LMTP each
recipient has an answer of its own; over SMTP there is one, so a message that one of several
mailboxes could not take is put off as a whole, and those that have it already keep one copy.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from pipeline.inbound.intake import BusyError, Intake, RefusedMailError, UnknownMailboxError

__all__ = ["Listening", "listening"]

Protocol = Literal["lmtp", "smtp"]

_log = structlog.get_logger()
_LONGEST_LINE = 1_048_576  # some programs write longer lines than RFC 5321, 4.5.3.1.6 allows
_MOST_RECIPIENTS = 100
_NOBODY = "550 5.1.1 there is no such mailbox"
_LATER = "451 4.3.0 cannot take mail now"
_REFUSED = "554 5.3.0 this message cannot be taken"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a listener listens; `port` is the one that was found when 0 was asked for."""

    protocol: Protocol
    host: str
    port: int


class _TolerantLMTP(LMTP):
    line_length_limit = _LONGEST_LINE


class _TolerantSMTP(SMTP):
    line_length_limit = _LONGEST_LINE


@asynccontextmanager
async def listening(
    intake: Intake,
    protocol: Protocol,
    host: str,
    port: int,
    *,
    largest: int,
    tls_context: ssl.SSLContext | None = None,
) -> AsyncIterator[Listening]:
    """Listen in the running event loop; `largest` is in bytes. Raises OSError.

    With a `tls_context` STARTTLS is offered. There is no log-in: it is for the shop's own mail
    server, on this machine or in its network.
    """
    loop = asyncio.get_running_loop()
    handler = _Handler(intake, protocol)
    name = socket.gethostname()  # else every conversation asks the DNS, and all wait
    of = _TolerantLMTP if protocol == "lmtp" else _TolerantSMTP
    server = await loop.create_server(
        lambda: of(
            handler,
            data_size_limit=largest,
            enable_SMTPUTF8=True,
            decode_data=False,
            hostname=name,
            ident="Gatepost",
            tls_context=tls_context,
            loop=loop,
        ),
        host,
        port,
    )
    try:
        yield Listening(protocol, host, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()


class _Handler:
    """What aiosmtpd calls; its names are those of aiosmtpd."""

    def __init__(self, intake: Intake, protocol: Protocol) -> None:
        self._intake = intake
        self._protocol = protocol

    async def handle_RCPT(  # noqa: N802  # a name of aiosmtpd
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        try:
            known = await self._intake.knows(address)
        except BusyError as error:
            _log.warning("cannot_take_mail", reason=str(error))
            return _LATER
        if not known:
            return _NOBODY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  # a name of aiosmtpd
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        answers = [await self._take(envelope.content, to) for to in envelope.rcpt_tos]
        if self._protocol == "lmtp":
            return "\r\n".join(answers)
        return next((one for one in answers if one.startswith("4")), answers[0])

    async def handle_exception(self, error: Exception) -> str:
        _log.error("listener_failed", error=type(error).__name__)
        return _LATER

    async def _take(self, raw: bytes, to: str) -> str:
        try:
            identity = await self._intake.take(raw, to)
        except UnknownMailboxError:
            return _NOBODY
        except RefusedMailError as error:
            _log.warning("mail_refused", reason=str(error))
            return _REFUSED
        except BusyError as error:
            _log.warning("cannot_take_mail", reason=str(error))
            return _LATER
        return f"250 2.0.0 kept as {identity}"
