"""Which servers a message goes to: all to one relay, or each domain's own (RFC 5321, 5.1)."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pipeline.names import Names, NamesUnavailableError, NoSuchNameError
from pipeline.sender.delivery.connecting import Route
from pipeline.sender.delivery.destination import Destination
from pipeline.sender.delivery.session import EndedError, HandedOver
from pipeline.sender.delivery.transport_security import TransportSecurity
from pipeline.store.messages import Envelope
from policy.lifecycle import LifecycleEvent

__all__ = ["Exchangers", "Leg", "Plan", "Relay", "Routing"]

_MOST_ROUTES = 5
_MOST_DESTINATIONS = 4096
_FIRST_CONVERSATIONS = 2


@dataclass(frozen=True, slots=True)
class Leg:
    """A destination with those of an envelope who are reached there."""

    destination: Destination
    recipients: tuple[str, ...]
    copies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The legs of a message, and the recipients to whom no way leads, with the reason."""

    legs: tuple[Leg, ...]
    refused: tuple[tuple[str, str], ...] = ()


class Routing(Protocol):
    """How messages find their servers.

    `when_away` is what becomes of a message whose server cannot be reached: `lapse` puts it back
    and counts no attempt, `defer` counts one.
    """

    when_away: LifecycleEvent

    async def plan(self, envelope: Envelope) -> Plan:
        """The way of a message; raises EndedError when it cannot be told now."""
        ...

    @property
    def rest(self) -> float:
        """Seconds for which no message at all can go anywhere."""
        ...

    @property
    def on_trial(self) -> bool:
        """Whether one message alone is to find out if any can go anywhere."""
        ...

    def destinations(self) -> Iterable[Destination]:
        """The destinations that are known now."""
        ...


class _NotNowError(Exception):
    """Mail for a domain can go nowhere as it promises; the text is the reply to its recipients."""


class _NoWayError(Exception):
    """Mail for a domain can go nowhere; the text is the reply to its recipients (RFC 3463)."""


class Relay:
    """Everything to one server, which is ours or our provider's (a smarthost)."""

    when_away = LifecycleEvent.LAPSE

    def __init__(self, route: Route, connections: int) -> None:
        self._destination = Destination(
            route.name, (route,), start=connections, limit=connections, queue=sys.maxsize
        )

    async def plan(self, envelope: Envelope) -> Plan:
        """One leg."""
        return Plan((Leg(self._destination, envelope.recipients, envelope.copies),))

    @property
    def rest(self) -> float:
        """Seconds for which the server is left alone: until then nothing need be claimed."""
        return self._destination.rest

    @property
    def on_trial(self) -> bool:
        """Whether the server could not be reached of late."""
        return self._destination.on_trial

    def destinations(self) -> Iterable[Destination]:
        """The one destination."""
        return (self._destination,)


class Exchangers:
    """Each domain's mail exchangers, asked of `names`; `like` says how to speak to them.

    Where an exchanger leads must be an address that `may_reach` allows: a name that leads to a
    private network or to ourselves is a trap or a loop. Mail for the domains in `only_encrypted`
    waits rather than go in clear, or to a server whose certificate does not hold; `security` says
    what the domains themselves promise.
    """

    when_away = LifecycleEvent.DEFER

    def __init__(
        self,
        names: Names,
        like: Route,
        connections: int,
        may_reach: Callable[[str], bool],
        only_encrypted: Iterable[str] = (),
        security: TransportSecurity | None = None,
    ) -> None:
        self._names = names
        self._like = like
        self._connections = connections
        self._may_reach = may_reach
        self._only_encrypted = frozenset(domain.lower() for domain in only_encrypted)
        self._security = security or TransportSecurity(names)
        self._known: dict[str, Destination] = {}

    async def plan(self, envelope: Envelope) -> Plan:
        """A leg for each domain, in the order of their names."""
        people: dict[str, tuple[list[str], list[str]]] = {}
        for place, addresses in enumerate((envelope.recipients, envelope.copies)):
            for address in addresses:
                domain = address.rpartition("@")[2].lower()
                people.setdefault(domain, ([], []))[place].append(address)
        legs, refused = [], []
        for domain, (recipients, copies) in sorted(people.items()):
            try:
                destination = await self._destination(domain)
            except _NoWayError as error:
                if copies:  # the policy lets the message go only if whoever gets the copy can
                    raise EndedError(HandedOver(LifecycleEvent.DEFER, str(error))) from None
                refused += [(address, str(error)) for address in recipients]
            except NamesUnavailableError as error:
                what = f"4.4.3 {error}"
                raise EndedError(HandedOver(LifecycleEvent.DEFER, what)) from error
            except _NotNowError as error:
                raise EndedError(HandedOver(LifecycleEvent.DEFER, str(error))) from None
            else:
                legs.append(Leg(destination, tuple(recipients), tuple(copies)))
        return Plan(tuple(legs), tuple(refused))

    @property
    def rest(self) -> float:
        """None for all: one domain that is away keeps no other waiting."""
        return 0.0

    @property
    def on_trial(self) -> bool:
        """Never, for the same reason."""
        return False

    def destinations(self) -> Iterable[Destination]:
        """The domains that mail went to of late."""
        return self._known.values()

    async def _destination(self, domain: str) -> Destination:
        routes = await self._routes(domain)
        known = self._known.get(domain)
        if known is None:
            self._forget_idle()
            known = self._known[domain] = Destination(
                domain, routes, start=min(_FIRST_CONVERSATIONS, self._connections),
                limit=self._connections, queue=self._connections,
            )  # fmt: skip
        known.lead_by(routes)
        return known

    async def _routes(self, domain: str) -> Sequence[Route]:
        try:
            hosts = [host for _, host in await self._names.exchangers(domain)]
        except NoSuchNameError as error:
            raise _NoWayError(f"5.1.2 {error}") from error
        if "" in hosts:
            raise _NoWayError(f"5.1.10 {domain} takes no mail (RFC 7505)")
        like = self._like
        if domain in self._only_encrypted:
            like = replace(like, tls="required", checks_certificate=True)
        routes, refused = [], ""
        ways, left_out = await self._security.ways(like, domain, hosts[:_MOST_ROUTES] or [domain])
        for host, how in ways:
            for address in await self._names.addresses(host):
                if self._may_reach(address):
                    routes += [replace(one, host=host, address=address) for one in how]
                else:
                    refused = f"5.4.6 {host} leads to {address}, no place on the Internet"
        if not routes and left_out:
            raise _NotNowError("; ".join(left_out))
        if not routes:
            raise _NoWayError(refused or f"5.4.4 {domain} has no mail server")
        return routes[:_MOST_ROUTES]

    def _forget_idle(self) -> None:
        if len(self._known) >= _MOST_DESTINATIONS:
            for domain, one in list(self._known.items()):
                if not one.busy and not one.rest:
                    one.hang_up_idle(everything=True)
                    del self._known[domain]
