"""The MTA-STS policies of the domains that mail goes to, fetched and kept (RFC 8461).

A policy that was fetched binds until its `max_age` is over, whatever the DNS says meanwhile: else
whoever can forge answers could make the promise vanish. A domain whose policy was never had is one
without (3.3). What is kept is in the store, for every process and the next start.
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
from pipeline.store.database import Store
from pipeline.store.sts_policies import FetchedPolicy, keep_policy, kept_policy
from pipeline.store.writer import StoreUnavailableError
from pipeline.webhooks.target import VettedNetwork

__all__ = ["CannotFetchError", "Fetch", "StsPolicies", "fetch_policy"]

Fetch = Callable[[str], Awaitable[str]]
"""The text of a domain's policy file; raises CannotFetchError."""

_log = structlog.get_logger()
_SECONDS = 20.0
_LARGEST = 65_536
_MOST_DOMAINS = 4096
_AGAIN = 300.0  # after a failure, or a look into the store that found nothing
_FETCH_LEAST = 60.0


class CannotFetchError(Exception):
    """A policy file cannot be had now; says why."""


@dataclass(slots=True)
class _Known:
    """A domain: its policy, if it could be had; times are in seconds."""

    fetched: FetchedPolicy | None = None
    failed_at: float = float("-inf")
    looked_at: float = float("-inf")  # into the store
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def binds(self, now: float) -> bool:
        return self.fetched is not None and now * 1000 < self.fetched.ends_at

    def is_due(self, announced: str | None, now: float) -> bool:
        """Whether to fetch the policy that the DNS announced."""
        if announced is None or now < self.failed_at + _AGAIN:
            return False
        if self.fetched is None:
            return True
        half = max(self.fetched.policy.max_age / 2, _FETCH_LEAST)
        return announced != self.fetched.id or now >= self.fetched.fetched_at / 1000 + half

    def wants_look(self, announced: str | None, now: float) -> bool:
        """Whether another process may have fetched what this one lacks."""
        lacking = not self.binds(now) or self.is_due(announced, now)
        return lacking and now >= self.looked_at + _AGAIN


class StsPolicies:
    """Policies by domain, asked of `names` and `fetch`, kept in `store` if there is one.

    `now` gives the time in seconds since 1970.
    """

    def __init__(
        self,
        names: Names,
        fetch: Fetch,
        store: Store | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._names = names
        self._fetch = fetch
        self._store = store
        self._now = now
        self._known: dict[str, _Known] = {}

    async def of(self, domain: str) -> StsPolicy | None:
        """What `domain` promises now, or None when it promises nothing.

        Raises StoreUnavailableError: what may be promised is not gone without.
        """
        domain = ascii_domain(domain)
        try:
            announced = policy_id(await self._names.texts(f"_mta-sts.{domain}"))
        except NamesUnavailableError:
            announced = None
        known = self._known.get(domain)
        if known is None:
            self._make_room()
            known = self._known[domain] = _Known()
        if known.is_due(announced, now := self._now()) or known.wants_look(announced, now):
            await self._renew(domain, known, announced)
        bound = known.fetched if known.binds(self._now()) else None
        return bound.policy if bound else None

    async def _renew(self, domain: str, known: _Known, announced: str | None) -> None:
        """Look into the store and at the policy file, once for all who ask at the same time."""
        async with known.turn:
            if known.wants_look(announced, self._now()):
                await self._look(domain, known)
            if announced is None or not known.is_due(announced, self._now()):
                return
            try:
                policy = parse_policy(await self._fetch(domain))
            except (CannotFetchError, PromiseError) as error:
                known.failed_at = self._now()
                _log.warning("no_mta_sts_policy", domain=domain, reason=str(error))
            else:
                known.fetched = FetchedPolicy(announced, policy, int(self._now() * 1000))
                await self._keep(domain, known.fetched)

    async def _look(self, domain: str, known: _Known) -> None:
        if self._store is not None:
            kept = await self._store.read(lambda connection: kept_policy(connection, domain))
            if kept and (known.fetched is None or kept.fetched_at > known.fetched.fetched_at):
                known.fetched = kept
        known.looked_at = self._now()

    async def _keep(self, domain: str, fetched: FetchedPolicy) -> None:
        if self._store is None:
            return
        try:
            await self._store.write(lambda connection: keep_policy(connection, domain, fetched))
        except StoreUnavailableError as error:  # it binds this process all the same
            _log.error("mta_sts_policy_not_kept", domain=domain, error=str(error))

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
