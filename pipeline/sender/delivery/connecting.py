"""A server that takes mail, and how a conversation with it is opened."""

import asyncio
import socket
import ssl
from asyncio import to_thread
from dataclasses import dataclass, replace
from functools import partial

import structlog
from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPAuthenticationError, SMTPException, SMTPHeloError

from pipeline.access_token import AccessToken, TokenError
from pipeline.names import Tlsa
from pipeline.sender.delivery.dane import anchors_of, chain_of, names_server, trusting

__all__ = ["Route", "RouteDownError", "connect", "open_conversation"]

_log = structlog.get_logger()
_START_TLS = {"required": True, "opportunistic": None}
_NO_SUCH_COMMAND = (500, 502, 504)


class RouteDownError(Exception):
    """The server cannot be reached, or refuses us: no fault of any message."""


@dataclass(frozen=True, slots=True)
class Route:
    """The server that takes our mail, and how to speak to it; times are in seconds.

    `address` is the IP address to connect to, when it must be no other than the one that was
    looked at; with `token` the sign-in is XOAUTH2; `own_name` is how we introduce ourselves
    (RFC 5321, 4.1.1.1). With `checks_certificate` off an encrypted conversation is held with
    whoever answers, which is better than none in clear (RFC 7435) and is for servers found by MX
    only. Where `tlsa` is given the certificate must match it. `testing` is the domain for whose
    MTA-STS policy this route is only tried: that it fails is logged.
    """

    host: str
    port: int
    tls: str
    username: str | None = None
    password: str | None = None
    token: AccessToken | None = None
    timeout: float = 60.0
    dot_timeout: float = 600.0
    tls_context: ssl.SSLContext | None = None
    address: str | None = None
    own_name: str | None = None
    checks_certificate: bool = True
    tlsa: tuple[Tlsa, ...] = ()
    testing: str = ""

    @property
    def name(self) -> str:
        """The route as the log shows it."""
        return f"{self.host}:{self.port}"


async def connect(route: Route) -> SMTP:
    """A conversation that is past greeting, encryption and sign-in.

    Raises SMTPException, OSError and ValueError, the first two for what the server does.
    """
    client = await _converse(route)
    if not route.tlsa:
        return client
    certificates = chain_of(client.get_transport_info("ssl_object"))
    if names_server(route.tlsa, certificates[0]):
        return client
    client.close()
    anchors = anchors_of(route.tlsa, certificates)
    if not anchors:
        raise SMTPException("its certificate is not what its TLSA records name")
    return await _converse(replace(route, tls_context=trusting(anchors)))


async def _converse(route: Route) -> SMTP:
    token, sure = route.token, route.tls == "opportunistic" and route.username is not None
    client = SMTP(
        hostname=route.host,
        port=route.port if route.address is None else None,
        sock=await _socket_to(route) if route.address else None,
        username=route.username,
        password=route.password,
        oauth_token_generator=partial(to_thread, token.read) if token else None,
        local_hostname=route.own_name,
        timeout=route.timeout,
        use_tls=route.tls == "implicit",
        # Who can hide STARTTLS from us must not be told how we sign in.
        start_tls=True if sure else _START_TLS.get(route.tls, False),
        tls_context=route.tls_context,
        validate_certs=route.tls_context is None and route.checks_certificate,
    )
    try:
        await client.connect()
        await _greet(client)
    except BaseException:
        client.close()
        raise
    return client


async def open_conversation(route: Route) -> SMTP:
    """`connect`, with every failure told as RouteDownError."""
    try:
        return await connect(route)
    except SMTPAuthenticationError as error:
        why = f"refuses our credentials: {error.code} {error.message}"
    except TokenError as error:
        why = f"asks for an access token, and {error}"
    except (SMTPException, OSError, ValueError) as error:
        why = f"cannot be spoken to: {error or type(error).__name__}"
    if route.testing:
        _log.warning("mta_sts_not_met", domain=route.testing, host=route.host, reason=why)
    raise RouteDownError(f"{route.name} {' '.join(why.split())[:300]}")


async def _greet(client: SMTP) -> None:
    """EHLO, and HELO for a server that knows no other (RFC 5321, 3.2)."""
    try:
        await client.ehlo()
    except SMTPHeloError as error:
        if not client.is_connected or error.code not in _NO_SUCH_COMMAND:
            raise
        await client.helo()


async def _socket_to(route: Route) -> socket.socket:
    address = route.address or ""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connected = socket.socket(family, socket.SOCK_STREAM)
    connected.setblocking(False)
    try:
        async with asyncio.timeout(route.timeout):
            await asyncio.get_running_loop().sock_connect(connected, (address, route.port))
    except BaseException:
        connected.close()
        raise
    return connected
