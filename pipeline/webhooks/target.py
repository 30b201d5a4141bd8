"""Where a webhook may go: only to hosts of the public Internet, whatever their name resolves to.

The check is made on the address that is connected to, at the time it is connected to, so that a
name which resolves to something else a moment later (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

import httpcore

__all__ = ["TargetError", "VettedNetwork", "check_url", "is_public"]

_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024
_TRANSLATED = tuple(
    map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
)
"""NAT64 (RFC 6052, 8215), 6to4 (RFC 3056) and Teredo (RFC 4380): another address inside of one."""


class TargetError(ValueError):
    """A webhook may not go there; says how to mend it."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.mend = mend


def check_url(url: str, *, local: bool) -> None:
    """Refuse a URL that no webhook may have; raises TargetError.

    `local` allows plain http and private networks, for receivers in the shop's own network.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetError("not a URL", "write it as https://host/path") from None
    schemes = ("https", "http") if local else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise TargetError(
            f"{url!r} is not an {' or '.join(schemes)} URL with a host", "write https://host/path"
        )
    if not url.isascii() or not url.isprintable() or " " in url:
        raise TargetError("the URL has characters that a URL cannot have", "percent-encode them")
    if parts.username is not None or parts.password is not None:
        raise TargetError(
            "the URL holds credentials", "leave them out: every webhook is signed with its secret"
        )
    if port is not None and port not in _PORTS and port < _FIRST_FREE_PORT:
        raise TargetError(f"port {port} is not one for webhooks", "use 443 or one above 1023")
    if not local and _is_literal(parts.hostname) and not is_public(parts.hostname):
        raise TargetError(f"{parts.hostname} is not a public address", "use a public host")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet, and holds no other address inside."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast


class VettedNetwork(httpcore.AsyncNetworkBackend):
    """Connections to public addresses only, unless `local`; TLS still checks the host's name."""

    def __init__(self, *, local: bool) -> None:
        self._local = local
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to an address of `host` that was vetted; raises httpcore.ConnectError."""
        try:
            found = await asyncio.wait_for(
                asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM), timeout
            )
        except (OSError, UnicodeError, TimeoutError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved") from error
        addresses = [str(one[4][0]) for one in found]
        allowed = [one for one in addresses if self._local or is_public(one)]
        if not allowed or len(allowed) < len(addresses):
            # One private address among public ones is an attack or a mistake, never a service.
            raise httpcore.ConnectError(f"{host} is not on the public Internet")
        for number, address in enumerate(allowed, 1):
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(allowed):
                    raise
        raise AssertionError("there is at least one address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface of httpcore
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: a webhook goes to a host."""
        raise httpcore.ConnectError("a webhook does not go to a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
