"""How mail gets into the service: from inside of it, or from a process of its own over HTTP.

A listener or poller knows only `Intake`. Whatever it took is durable when `take` returns, and the
same message twice is one, so whoever hands in and gets no answer hands in again.
"""

import time
from typing import Any, Protocol

import httpx

__all__ = ["BusyError", "Intake", "RefusedMailError", "RemoteIntake", "UnknownMailboxError"]

_REFRESH_SECONDS = 30.0
_LEAST_SECONDS = 2.0


class UnknownMailboxError(Exception):
    """No such mailbox is here; handing in again does not help."""


class RefusedMailError(Exception):
    """The service takes no such message, ever (it is too large, say)."""


class BusyError(Exception):
    """The service cannot take anything now; hand in again later."""


class Intake(Protocol):
    """Where mail that arrives goes."""

    async def knows(self, address: str) -> bool:
        """Whether there is a mailbox of that address; raises BusyError."""

    async def take(self, raw: bytes, address: str) -> str:
        """Keep the message for a mailbox, durably, and return its id.

        Raises UnknownMailboxError, RefusedMailError, BusyError.
        """


class RemoteIntake:
    """The intake of a running service at `url`, with an administrator's `key`."""

    def __init__(self, url: str, key: str, *, timeout: float = 60.0) -> None:
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"), headers={"Authorization": f"Bearer {key}"}, timeout=timeout
        )
        self._mailboxes: frozenset[str] = frozenset()
        self._read_at = float("-inf")

    async def knows(self, address: str) -> bool:
        """Whether there is a mailbox of that address, as of half a minute ago."""
        wanted = address.casefold()
        age = time.monotonic() - self._read_at
        # A mailbox that was just made is looked for at once, but not at every stranger's word.
        if age > (_REFRESH_SECONDS if wanted in self._mailboxes else _LEAST_SECONDS):
            self._mailboxes = await self._list()
            self._read_at = time.monotonic()
        return wanted in self._mailboxes

    async def take(self, raw: bytes, address: str) -> str:
        """Keep the message for a mailbox; see `Intake`."""
        answer = await self._ask(
            "POST", "/v1/inbound", params={"to": address}, content=raw,
            headers={"Content-Type": "message/rfc822"},
        )  # fmt: skip
        if answer.status_code in (200, 201):
            identity: str = answer.json()["id"]
            return identity
        if answer.status_code == 422 and _field(answer) == "to":
            raise UnknownMailboxError(f"there is no mailbox {address}")
        if answer.status_code in (413, 422):
            raise RefusedMailError(_detail(answer))
        raise BusyError(f"the service answered {answer.status_code}: {_detail(answer)}")

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def _list(self) -> frozenset[str]:
        found: set[str] = set()
        cursor = ""
        while True:
            answer = await self._ask(
                "GET", "/v1/mailboxes", params={"cursor": cursor, "limit": 100}
            )
            if answer.status_code != 200:
                raise BusyError(f"the service answered {answer.status_code}: {_detail(answer)}")
            body = answer.json()
            found.update(one["address"].casefold() for one in body["mailboxes"])
            cursor = body.get("cursor")
            if not cursor:
                return frozenset(found)

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return await self._client.request(method, path, **more)
        except httpx.HTTPError as error:
            raise BusyError(f"the service cannot be reached: {type(error).__name__}") from error


def _field(answer: httpx.Response) -> str:
    return str(_body(answer).get("field", ""))


def _detail(answer: httpx.Response) -> str:
    return str(_body(answer).get("detail", "no reason given"))[:300]


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
