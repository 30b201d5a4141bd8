"""Questions to the DNS, with the three answers that matter: these, none, and not now."""

import ipaddress
import random
from collections.abc import Sequence
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.rdatatype
import dns.resolver
import dns.reversename

__all__ = [
    "Names", "NamesUnavailableError", "NoSuchNameError", "SilentServerError", "resolver_at",
]  # fmt: skip

_LIFETIME = 10.0


class NoSuchNameError(LookupError):
    """The name does not exist (NXDOMAIN): no later question will have another answer soon."""


class NamesUnavailableError(Exception):
    """Nobody answered, or the answer was that it cannot be told now."""


class SilentServerError(NamesUnavailableError):
    """Nobody answered in time: any other question would wait as long in vain."""


class Names:
    """Asks `resolver`, that of the system when it is None; answers are kept as long as they may."""

    def __init__(self, resolver: dns.asyncresolver.Resolver | None = None) -> None:
        self._resolver = resolver or dns.asyncresolver.Resolver()
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
        try:
            answer = await self._resolver.resolve(
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
        return list(answer) if answer.rrset is not None else []


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
