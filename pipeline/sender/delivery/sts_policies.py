"""The MTA-STS policies of the domains that mail goes to, fetched and kept (RFC 8461).

A policy that was fetched binds until its `max_age` is over, whatever the DNS says meanwhile: else
whoever can forge answers could make the promise vanish. A domain whose policy was never had is one
without (3.3). What is kept is in memory, so the first message after a start trusts the DNS anew.
"""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpcore
import structlog

from pipeline.mail.mta_sts import PromiseError, StsPolicy, parse_policy, policy_id
from pipeline.names import Names, NamesUnavailableError, ascii_domain
from pipeline.webhooks.target import VettedNetwork

__all__ = ["CannotFetchError", "Fetch", "StsPolicies", "fetch_policy"]

Fetch = Callable[[str], Awaitable[str]]
"""The text of a domain's policy file; raises CannotFetchError."""

_log = structlog.get_logger()
_SECONDS = 20.0
_LARGEST = 65_536
_MOST_DOMAINS = 4096
_FETCH_AGAIN = 300.0  # after a failure
_FETCH_LEAST = 60.0


class CannotFetchError(Exception):
    """A policy file cannot be had now; says why."""


@dataclass(slots=True)
class _Known:
    """A domain that had a record: its policy, if it could be fetched; times are in seconds."""

    policy: StsPolicy | None = None
    id: str = ""
    fetched_at: float = float("-inf")
    failed_at: float = float("-inf")
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def binds(self, now: float) -> bool:
        return self.policy is not None and now < self.fetched_at + self.policy.max_age

    def is_due(self, announced: str, now: float) -> bool:
        if now < self.failed_at + _FETCH_AGAIN:
            return False
        half = max(self.policy.max_age / 2, _FETCH_LEAST) if self.policy else 0
        return announced != self.id or now >= self.fetched_at + half


class StsPolicies:
    """Policies by domain, asked of `names` and `fetch`; `now` gives seconds since any time."""

    def __init__(
        self, names: Names, fetch: Fetch, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._names = names
        self._fetch = fetch
        self._now = now
        self._known: dict[str, _Known] = {}

    async def of(self, domain: str) -> StsPolicy | None:
        """What `domain` promises now, or None when it promises nothing. Never raises."""
        domain = ascii_domain(domain)
        try:
            announced = policy_id(await self._names.texts(f"_mta-sts.{domain}"))
        except NamesUnavailableError:
            announced = None
        known = self._known.get(domain)
        if announced is not None:
            if known is None:
                self._make_room()
                known = self._known[domain] = _Known()
            if known.is_due(announced, self._now()):
                await self._renew(domain, known, announced)
        return known.policy if known is not None and known.binds(self._now()) else None

    async def _renew(self, domain: str, known: _Known, announced: str) -> None:
        """Look at the policy file, once for all who ask at the same time."""
        async with known.turn:
            if not known.is_due(announced, self._now()):  # another message has just looked
                return
            try:
                known.policy = parse_policy(await self._fetch(domain))
            except (CannotFetchError, PromiseError) as error:
                known.failed_at = self._now()
                _log.warning("no_mta_sts_policy", domain=domain, reason=str(error))
            else:
                known.id, known.fetched_at = announced, self._now()

    def _make_room(self) -> None:
        """Forget first what binds nobody any more, then what was known first."""
        if len(self._known) >= _MOST_DOMAINS:
            now = self._now()
            for domain in [one for one, known in self._known.items() if not known.binds(now)]:
                del self._known[domain]
            while len(self._known) >= _MOST_DOMAINS:
                del self._known[next(iter(self._known))]


async def fetch_policy(
    domain: str,
    network: httpcore.AsyncNetworkBackend | None = None,
    tls_context: ssl.SSLContext | None = None,
) -> str:
    """The policy file of `domain` over HTTPS (RFC 8461, 3.3); raises CannotFetchError.

    No redirect is followed. Only addresses of the public Internet are connected to, unless another
    `network` is given; `tls_context` replaces the system's trust in certificates.
    """
    url = f"https://mta-sts.{domain}/.well-known/mta-sts.txt"
    limits = dict.fromkeys(("connect", "read", "write", "pool"), _SECONDS)
    try:
        async with (
            asyncio.timeout(2 * _SECONDS),  # a server may drip its answer
            httpcore.AsyncConnectionPool(
                ssl_context=tls_context or ssl.create_default_context(),
                network_backend=network or VettedNetwork(local=False),
            ) as pool,
            pool.stream("GET", url, extensions={"timeout": limits}) as answer,
        ):
            return await _text_of(answer)
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError,
            httpcore.UnsupportedProtocol, OSError, ValueError, TimeoutError) as error:  # fmt: skip
        why = f"{type(error).__name__}: {error}"[:300]
        raise CannotFetchError(f"{url}: {why}") from error


async def _text_of(answer: httpcore.Response) -> str:
    if answer.status != 200:
        raise CannotFetchError(f"the web server answered {answer.status}")
    kind = next((value for name, value in answer.headers if name.lower() == b"content-type"), b"")
    if kind.partition(b";")[0].strip().lower() != b"text/plain":
        raise CannotFetchError("the web server's answer is not text/plain")
    octets = bytearray()
    async for chunk in answer.aiter_stream():
        octets += chunk
        if len(octets) > _LARGEST:
            raise CannotFetchError(f"the policy has more than {_LARGEST} octets")
    return octets.decode("utf-8", "replace")
