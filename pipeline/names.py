"""Questions to the DNS, with the three answers that matter: these, none, and not now."""

import ipaddress
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename

__all__ = [
    "Names", "NamesUnavailableError", "NoSuchNameError", "SilentServerError", "Tlsa",
    "ascii_domain", "resolver_at",
]  # fmt: skip

_LIFETIME = 10.0
_UDP_OCTETS = 1232  # what passes without fragments


class NoSuchNameError(LookupError):
    """The name does not exist (NXDOMAIN): no later question will have another answer soon."""


class NamesUnavailableError(Exception):
    """Nobody answered, or the answer was that it cannot be told now."""


class SilentServerError(NamesUnavailableError):
    """Nobody answered in time: any other question would wait as long in vain."""


@dataclass(frozen=True, slots=True)
class Tlsa:
    """A TLSA record: what the certificate of a service has to match (RFC 6698, 2.1)."""

    usage: int
    selector: int
    matching: int
    octets: bytes


class Names:
    """Asks `resolver`, that of the system when it is None; answers are kept as long as they may.

    With `validated` the resolver is one whose word is trusted that an answer was validated by
    DNSSEC (RFC 4035, 4.9.3): it does so itself, and nobody else can write on the way to it.
    """

    def __init__(
        self, resolver: dns.asyncresolver.Resolver | None = None, *, validated: bool = False
    ) -> None:
        self._resolver = resolver or dns.asyncresolver.Resolver()
        self._validated = validated
        if validated:
            self._resolver.use_edns(0, dns.flags.DO, _UDP_OCTETS)
            self._resolver.flags = dns.flags.RD | dns.flags.AD
        if self._resolver.cache is None:
            self._resolver.cache = dns.resolver.LRUCache()

    async def texts(self, name: str) -> list[str]:
        """The TXT records of `name`, each as one text; none when there are none."""
        return [
            b"".join(record.strings).decode("utf-8", "replace")
            for record in await self._or_none(name, "TXT")
        ]

    async def exchangers(self, domain: str) -> list[tuple[int, str]]:
        """The MX records as (preference, host), best first; equal ones in random order.

        The one host of a null MX (RFC 7505) is empty. Raises NoSuchNameError.
        """
        found = [
            (record.preference, record.exchange.to_text(omit_final_dot=True).rstrip(".").lower())
            for record in await self._ask(domain, "MX")
        ]
        random.shuffle(found)  # RFC 5321, 5.1: load is spread over equal ones
        return sorted(found, key=lambda one: one[0])

    async def addresses(self, host: str) -> list[str]:
        """The IPv4 and IPv6 addresses of `host`; none when there are none."""
        return [
            record.address for kind in ("A", "AAAA") for record in await self._or_none(host, kind)
        ]

    async def tlsa(self, host: str, port: int) -> list[Tlsa]:
        """The validated TLSA records of a TCP port; none when there are none."""
        name = f"_{port}._tcp.{host}"
        records = await self._or_none(name, "TLSA")
        if not records or not await self.is_validated(name, "TLSA"):
            return []
        return [Tlsa(one.usage, one.selector, one.mtype, one.cert) for one in records]

    async def is_validated(self, name: str, kind: str) -> bool:
        """Whether DNSSEC vouches for the answer, or for there being none of that kind."""
        if not self._validated:
            return False
        try:
            answer = await self._answer(name, kind)
        except NoSuchNameError:
            return False
        return bool(answer.response.flags & dns.flags.AD)

    async def validated_names(self, host: str) -> list[str]:
        """The names of `host` that DNSSEC vouches for: where its CNAMEs lead, then its own.

        Only its own where they lead to what nobody vouches for; none if not even it is signed.
        Those are the places of its TLSA records, best first (RFC 7671, 7; RFC 7672, 2.2.2).
        """
        try:
            answer = await self._answer(host, "A")
        except NoSuchNameError:
            return []
        if await self.is_validated(host, "A"):
            leads_to = answer.canonical_name.to_text(omit_final_dot=True).lower()
            return [leads_to] if leads_to == host.lower() else [leads_to, host]
        is_alias = bool(await self._or_none(host, "CNAME"))
        return [host] if is_alias and await self.is_validated(host, "CNAME") else []

    async def hosts_of(self, address: str) -> list[str]:
        """The names that the PTR records of an IP address give."""
        name = dns.reversename.from_address(address).to_text()
        return [
            record.target.to_text(omit_final_dot=True).lower()
            for record in await self._or_none(name, "PTR")
        ]

    async def _or_none(self, name: str, kind: str) -> Sequence[Any]:
        try:
            return await self._ask(name, kind)
        except NoSuchNameError:
            return []

    async def _ask(self, name: str, kind: str) -> Sequence[Any]:
        answer = await self._answer(name, kind)
        return list(answer) if answer.rrset is not None else []

    async def _answer(self, name: str, kind: str) -> dns.resolver.Answer:
        try:
            return await self._resolver.resolve(
                name, kind, search=False, raise_on_no_answer=False, lifetime=_LIFETIME
            )
        except dns.resolver.NXDOMAIN:
            raise NoSuchNameError(f"there is no domain {name}") from None
        except dns.exception.Timeout:
            asked = ", ".join(map(str, self._resolver.nameservers))
            raise SilentServerError(
                f"the DNS does not tell {kind} of {name}: no answer from {asked} "
                f"within {_LIFETIME:.0f} seconds"
            ) from None
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise NamesUnavailableError(
                f"the DNS does not tell {kind} of {name}: {error}"
            ) from None


def ascii_domain(domain: str) -> str:
    """`domain` in the letters of the DNS (RFC 5890), small, without a last dot."""
    return dns.name.from_text(domain).to_text(omit_final_dot=True).lower()


def resolver_at(server: str) -> dns.asyncresolver.Resolver:
    """A resolver that asks the server at `server`, an IP address with or without `:port`.

    Raises ValueError for another text.
    """
    if server.startswith("["):
        host, _, port = server[1:].partition("]:")
    else:
        host, _, port = server.partition(":") if server.count(":") == 1 else (server, "", "")
    resolver = dns.asyncresolver.Resolver(configure=False)
    try:
        resolver.nameservers = [str(ipaddress.ip_address(host.rstrip("]")))]
        resolver.port = int(port) if port else 53
    except ValueError:
        what = f"{server!r} is no name server; write an address such as 9.9.9.9"
        raise ValueError(what) from None
    return resolver
