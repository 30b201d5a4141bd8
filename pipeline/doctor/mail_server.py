"""The mail server that takes our mail: is it there, is it who it says, does it let us in."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPAuthenticationError, SMTPException

from pipeline.doctor.finding import Finding, advice, failure, ok
from pipeline.names import Names, NamesUnavailableError
from pipeline.sender.delivery.connecting import Route, connect

__all__ = ["check_mail_server", "check_own_name"]

_EXPIRES_SOON = timedelta(days=14)
_SMALL = 10 * 2**20


async def check_mail_server(route: Route, names: Names) -> list[Finding]:
    """Reachability, TLS, sign-in, size and name of the server; nothing is sent."""
    where = route.name
    found: list[Finding] = []
    try:
        client = await connect(route)
    except SMTPAuthenticationError as error:
        return [failure("smtp_sign_in", where, f"it refuses our credentials: {error.message}",
                        "correct GATEPOST_SMTP_USERNAME and GATEPOST_SMTP_PASSWORD")]  # fmt: skip
    except ssl.SSLError as error:
        return [failure("smtp_tls", where, f"its certificate does not hold: {error}",
                        "use the name it is for, or have it renewed")]  # fmt: skip
    except (SMTPException, OSError, ValueError) as error:
        tls = isinstance(error.__cause__, ssl.SSLError) or "STARTTLS" in str(error)
        return [
            failure("smtp_tls", where, f"no protected conversation comes about: {error}",
                    "see that the server offers STARTTLS on this port and a certificate for its "
                    "name; port 465 wants GATEPOST_SMTP_TLS=implicit")
            if tls
            else failure("smtp", where, f"it cannot be spoken to: {error}",
                         "check name, port and firewall; many networks shut port 25, and 587 or "
                         "465 is for handing in")
        ]  # fmt: skip
    try:
        found.append(ok("smtp", where, "it answers"))
        found.append(_encryption(client, route))
        found.append(_sign_in(client, route))
        found += _size(client, where)
    finally:
        client.close()
    return [*found, *await _name(names, route)]


def _encryption(client: SMTP, route: Route) -> Finding:
    where = route.name
    peer: Any = client.get_transport_info("ssl_object")
    if peer is None:
        if _here(route.host):
            return ok("smtp_tls", where, "in clear, to this machine")
        return failure("smtp_tls", where, "mail goes there in clear",
                       "set GATEPOST_SMTP_TLS=required, or implicit for port 465")  # fmt: skip
    certificate = peer.getpeercert() or {}
    ends = certificate.get("notAfter")
    if ends:
        until = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
        if until - datetime.now(UTC) < _EXPIRES_SOON:
            return advice("smtp_tls", where, f"its certificate ends on {until:%Y-%m-%d}",
                          "have it renewed; then nothing can be handed over")  # fmt: skip
    if route.tls == "opportunistic":
        return advice("smtp_tls", where, f"{peer.version()}, but mail would also go in clear",
                      "set GATEPOST_SMTP_TLS=required")  # fmt: skip
    return ok("smtp_tls", where, f"{peer.version()}, certificate checked")


def _sign_in(client: SMTP, route: Route) -> Finding:
    if route.username:
        return ok("smtp_sign_in", route.name, f"it lets {route.username} in")
    if client.supports_extension("auth"):
        return advice("smtp_sign_in", route.name, "it asks senders to sign in and we do not",
                      "give GATEPOST_SMTP_USERNAME and GATEPOST_SMTP_PASSWORD")  # fmt: skip
    return ok("smtp_sign_in", route.name, "it asks for none")


def _size(client: SMTP, where: str) -> list[Finding]:
    limit = client.esmtp_extensions.get("size", "")
    if limit.isdigit() and 0 < int(limit) < _SMALL:
        return [advice("smtp_size", where, f"it takes at most {int(limit):,} octets a message",
                       "larger messages fail before they are handed over")]  # fmt: skip
    return []


async def _name(names: Names, route: Route) -> list[Finding]:
    """Whether the server's address has a name that leads back to it; receivers ask for that."""
    try:
        for address in await names.addresses(route.host) if not _here(route.host) else []:
            if not ipaddress.ip_address(address).is_global:
                continue
            back = [
                host for host in await names.hosts_of(address)
                if address in await names.addresses(host)
            ]  # fmt: skip
            if not back:
                return [advice("ptr", address, f"no name leads to {route.host}'s address and back",
                               "ask its operator for a PTR record, if it also sends to the "
                               "world")]  # fmt: skip
    except NamesUnavailableError as error:
        return [advice("ptr", route.host, str(error), "try again, or ask another resolver")]
    return []


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def check_own_name(own_name: str | None, names: Names) -> list[Finding]:
    """Whether the name that we greet servers with leads to an address and back (RFC 5321, 4.1.1.1).

    Asked for when mail goes to each domain's own servers, most of which refuse anybody else.
    """
    mend = "set GATEPOST_SMTP_OWN_NAME to the name in the PTR record of this machine's address"
    if not own_name:
        return [failure("ptr", "this machine", "it has no name to greet servers with", mend)]
    try:
        addresses = await names.addresses(own_name)
        back = [host for address in addresses for host in await names.hosts_of(address)]
    except NamesUnavailableError as error:
        return [failure("ptr", own_name, str(error), "try again, or ask another resolver")]
    if own_name.lower() not in back:
        leads = f"its address has the name {back[0]}" if back else "no address leads back to it"
        return [failure("ptr", own_name, leads, mend)]
    return [ok("ptr", own_name, "its address leads back to it")]
