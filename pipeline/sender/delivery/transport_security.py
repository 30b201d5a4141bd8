"""How the servers of a domain may be spoken to, by what the domain promises of them.

DANE comes first (RFC 8461, 2): a server with validated TLSA records is spoken to as they say. An
MTA-STS policy in mode `enforce` leaves out servers that it does not name; the mode `testing` only
has what would have failed logged.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from pipeline.names import Names, NamesUnavailableError
from pipeline.sender.delivery.connecting import Route
from pipeline.sender.delivery.dane import is_usable, unchecked
from pipeline.sender.delivery.sts_policies import StsPolicies

__all__ = ["TransportSecurity"]

_log = structlog.get_logger()


class TransportSecurity:
    """Asks `names` for TLSA records and `policies`, where there are any, for MTA-STS."""

    def __init__(self, names: Names, policies: StsPolicies | None = None) -> None:
        self._names = names
        self._policies = policies

    async def ways(
        self, like: Route, domain: str, hosts: Sequence[str]
    ) -> tuple[list[tuple[str, list[Route]]], list[str]]:
        """For each of `hosts` how it may be spoken to, best first, `like` if nothing is promised.

        The second part tells of the hosts left out, for now: of none could it be for good.
        """
        policy = await self._policies.of(domain) if self._policies is not None else None
        ways, left_out = [], []
        for host in hosts:
            strict = replace(like, tls="required", checks_certificate=True)
            try:
                published = await self._by_dane(like, domain, host)
            except NamesUnavailableError as error:
                left_out.append(f"4.7.5 {error}")
                continue
            if published is not None:
                ways.append((published.host, [published]))
            elif policy is None or policy.mode == "none":
                ways.append((host, [like]))
            elif policy.covers(host):
                trial = [] if policy.mode == "enforce" else [like]
                if trial and strict != like:
                    strict = replace(strict, testing=domain)
                ways.append((host, [strict, *trial]))
            elif policy.mode == "enforce":
                left_out.append(f"4.7.5 {host} is no server that the policy of {domain} names")
            else:
                _log.warning("mta_sts_not_met", domain=domain, host=host, reason="not named")
                ways.append((host, [like]))
        return ways, left_out

    async def _by_dane(self, like: Route, domain: str, host: str) -> Route | None:
        """The way by the TLSA records of `host`, if names all the way there are validated.

        It leads to the name that the records stand under: that one the certificate must have
        (RFC 7672, 3.2.2). Raises NamesUnavailableError: where records might be, it is not gone
        without (2.1).
        """
        if not await self._names.is_validated(domain, "MX"):
            return None
        for name in await self._names.validated_names(host):
            if records := await self._names.tlsa(name, like.port):
                usable = tuple(filter(is_usable, records))  # none: any certificate (2.2)
                return replace(
                    like, host=name, tls="required", checks_certificate=False,
                    tls_context=unchecked(), tlsa=usable,
                )  # fmt: skip
        return None
