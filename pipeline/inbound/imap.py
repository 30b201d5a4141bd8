"""Mail fetched from a folder of an IMAP server (RFC 9051), message by message, each exactly once.

A message is marked as taken only after it is durable here, and the mark is a keyword of our own:
a person who reads the mailbox at the same time loses us nothing, and we lose them nothing. A crash
between keeping and marking has the message fetched again, and the intake knows it.
"""

import asyncio
import imaplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessage
from imap_tools.errors import ImapToolsError, MailboxLoginError

from pipeline.access_token import AccessToken, TokenError
from pipeline.inbound.intake import BusyError, Intake, RefusedMailError, UnknownMailboxError

__all__ = ["ImapAccount", "ImapError", "Poller"]

_log = structlog.get_logger()
_TAKEN = "GatepostTaken"
_REFUSED = "GatepostRefused"
_NEW = f"UNKEYWORD {_TAKEN} UNKEYWORD {_REFUSED} UNDELETED"
_SECONDS = 60.0
_LONGEST_WAIT = 300.0
_NETWORK = (ImapToolsError, imaplib.IMAP4.error, OSError)


class ImapError(Exception):
    """The account or the folder cannot be used; says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """Whose mail is fetched, and for which mailbox `to` of ours.

    `then` says what becomes of a message that was taken: `keep` marks it with a keyword, `delete`
    deletes it, and any other text is the folder that it is moved to. With `token` the log-in is
    XOAUTH2, as Google and Microsoft ask.
    """

    host: str
    username: str
    to: str
    port: int = 993
    tls: Literal["implicit", "starttls", "off"] = "implicit"
    folder: str = "INBOX"
    then: str = "keep"
    password: str = field(default="", repr=False)
    token: AccessToken | None = None


class _Bytes(MailMessage):
    """A fetched message as the bytes it has; imap_tools itself would parse it."""

    def __init__(self, fetched: list[Any]) -> None:  # on purpose without what the parent parses
        self.raw: bytes = next(part[1] for part in fetched if isinstance(part, tuple))


class _Folder:
    """An open folder. Blocking: every method is called in a thread, one at a time."""

    def __init__(self, account: ImapAccount, tls_context: ssl.SSLContext | None) -> None:
        self._account = account
        self._box = _connect(account, tls_context)
        # A hook of imap_tools, which types it as the class that it has by default.
        self._box.email_message_class = _Bytes  # type: ignore[assignment]  # see above
        try:
            if account.token is not None:
                self._sign_in(account.token.read())
            else:
                self._box.login(account.username, account.password, account.folder)
            self._can_idle = "IDLE" in self._box.client.capabilities
            if account.then == "keep":
                self._demand_keywords()
        except BaseException:
            self.close()
            raise

    def new(self) -> list[str]:
        """The UIDs of the messages that were not taken yet, oldest first."""
        return self._box.uids(_NEW, charset=None)

    def raw(self, uid: str) -> bytes | None:
        """The bytes of a message, or None when it is gone."""
        for found in self._box.fetch(uid_list=uid, mark_seen=False):
            assert isinstance(found, _Bytes)
            return found.raw
        return None

    def taken(self, uid: str) -> None:
        """Mark, move or delete a message that is durable here."""
        if self._account.then == "delete":
            self._box.delete(uid)
        elif self._account.then == "keep":
            self._box.flag(uid, _TAKEN, True)
        else:
            self._box.move(uid, self._account.then)

    def refused(self, uid: str) -> None:
        """Mark a message that can never be taken; it stays where it is, for a person to see."""
        self._box.flag(uid, _REFUSED, True)

    def wait(self, seconds: float) -> bool:
        """Wait for new mail; False when the server cannot tell, and nothing was waited."""
        if self._can_idle:
            self._box.idle.wait(timeout=seconds)
        return self._can_idle

    def close(self) -> None:
        """Take leave."""
        with suppress(*_NETWORK):
            self._box.logout()

    def _sign_in(self, token: str) -> None:
        account = self._account
        try:
            self._box.xoauth2(account.username, token, account.folder)
        except imaplib.IMAP4.abort:  # it hung up
            raise
        except imaplib.IMAP4.error as error:  # a refusal, which a password has told as below
            raise MailboxLoginError(("NO", [str(error)]), "OK") from error

    def _demand_keywords(self) -> None:
        _, flags = self._box.client.response("PERMANENTFLAGS")
        if not any(b"\\*" in one for one in flags or [] if one):
            raise ImapError(
                f"{self._account.host} keeps no keywords of ours in {self._account.folder}; have "
                "taken messages moved to a folder, or deleted"
            )


class Poller:
    """Takes what arrives for `account` to `intake`; looks every `every` seconds at the latest."""

    def __init__(
        self, account: ImapAccount, intake: Intake, *, every: float = _SECONDS,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self._account = account
        self._intake = intake
        self._every = every
        self._tls_context = tls_context

    async def take_new(self) -> int:
        """Take what is there now, and return how many; raises ImapError and BusyError."""
        folder = await self._open()
        try:
            return await self._take_from(folder)
        except _NETWORK as error:
            raise ImapError(f"{self._account.host} broke off: {error}") from error
        finally:
            await asyncio.to_thread(folder.close)

    async def run(self, started: Callable[[], None]) -> None:
        """Take what arrives until cancelled; `started` is called after the first log-in.

        Raises ImapError when the first log-in fails; later the server is tried again, less often
        each time.
        """
        folder = await self._open()
        started()
        failures = 0
        try:
            while True:
                try:
                    await self._take_from(folder)
                    failures = 0
                    if not await asyncio.to_thread(folder.wait, self._every):
                        await asyncio.sleep(self._every)
                except (BusyError, *_NETWORK) as error:
                    _log.warning(
                        "cannot_fetch_mail", host=self._account.host, reason=_reason(error)
                    )
                    failures += 1
                    await asyncio.to_thread(folder.close)
                    folder = await self._reopened(failures)
        finally:
            await asyncio.to_thread(folder.close)

    async def _take_from(self, folder: _Folder) -> int:
        count = 0
        for uid in await asyncio.to_thread(folder.new):
            raw = await asyncio.to_thread(folder.raw, uid)
            if raw is None:
                continue
            try:
                await self._intake.take(raw, self._account.to)
            except (RefusedMailError, UnknownMailboxError) as error:
                _log.error("mail_refused", host=self._account.host, uid=uid, reason=str(error))
                if isinstance(error, UnknownMailboxError):
                    raise ImapError(f"{error}; name one with --to") from error
                await asyncio.to_thread(folder.refused, uid)
                continue
            await asyncio.to_thread(folder.taken, uid)
            count += 1
        return count

    async def _open(self) -> _Folder:
        try:
            return await asyncio.to_thread(_Folder, self._account, self._tls_context)
        except TokenError as error:
            raise ImapError(f"{self._account.host} asks for an access token: {error}") from None
        except MailboxLoginError:
            raise ImapError(
                f"{self._account.host} refuses the log-in of {self._account.username}; check name "
                "and password, or token"
            ) from None
        except _NETWORK as error:
            raise ImapError(f"{self._account.host} cannot be used: {_reason(error)}") from error

    async def _reopened(self, failures: int) -> _Folder:
        while True:
            await asyncio.sleep(min(2.0**failures, _LONGEST_WAIT))
            try:
                return await self._open()
            except ImapError as error:
                failures += 1
                _log.warning("cannot_fetch_mail", host=self._account.host, reason=str(error))


def _connect(account: ImapAccount, tls_context: ssl.SSLContext | None) -> BaseMailBox:
    if account.tls == "off":
        return MailBoxUnencrypted(account.host, account.port, timeout=_SECONDS)
    of = MailBox if account.tls == "implicit" else MailBoxStartTls
    context = tls_context or ssl.create_default_context()
    return of(account.host, account.port, timeout=_SECONDS, ssl_context=context)


def _reason(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:300]
