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
                ways.append((host, [published]))
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

        Raises NamesUnavailableError: where they might be, it is not gone without (RFC 7672, 2.1).
        """
        for name, kind in ((domain, "MX"), (host, "A")):
            if not await self._names.is_validated(name, kind):
                return None
        records = await self._names.tlsa(host, like.port)
        if not records:
            return None
        usable = tuple(one for one in records if is_usable(one))  # none: any certificate (2.2)
        return replace(
            like, tls="required", checks_certificate=False, tls_context=unchecked(), tlsa=usable
        )
