"""`gatepost receive lmtp` and `gatepost receive smtp`: take mail from the shop's mail server."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.cli.receive_commands.options import intake_or_exit, until_stopped
from pipeline.cli.service_address import DEFAULT_URL, AdminKey, Url

if TYPE_CHECKING:  # ssl takes a while to import
    import ssl

__all__ = ["lmtp", "smtp"]

Listen = Annotated[str, typer.Option(help="Where to listen, as host:port.")]
Largest = Annotated[int, typer.Option(help="Largest message taken, in bytes.", min=1_000)]
Certificate = Annotated[
    Path | None, typer.Option(help="PEM file of a certificate, to offer STARTTLS.")
]
PrivateKey = Annotated[Path | None, typer.Option(help="PEM file of its private key.")]


def lmtp(
    listen: Listen = "127.0.0.1:8024",
    url: Url = DEFAULT_URL,
    key: AdminKey = "",
    largest: Largest = 26_214_400,
    tls_certificate: Certificate = None,
    tls_key: PrivateKey = None,
) -> None:
    """Take mail over LMTP (RFC 2033) and hand it to a running service, until stopped.

    Each recipient gets an answer of its own. 250 means that the message is on the service's disk;
    when the service is down the answer is 451, and the mail server keeps the message and tries
    again. The same message twice is one. There is no log-in: listen where only your mail server
    can reach it. Exit code 2: no key, or a place or certificate that cannot be used.
    """
    _listen("lmtp", listen, url, key, largest, tls_certificate, tls_key)


def smtp(
    listen: Listen = "127.0.0.1:8026",
    url: Url = DEFAULT_URL,
    key: AdminKey = "",
    largest: Largest = 26_214_400,
    tls_certificate: Certificate = None,
    tls_key: PrivateKey = None,
) -> None:
    """Take mail over SMTP (RFC 5321) and hand it to a running service, until stopped.

    As `receive lmtp`, for a mail server that speaks no LMTP. Not for the open Internet: it checks
    no SPF and keeps no spam out; your mail server does. Exit code 2: no key, or a place or
    certificate that cannot be used.
    """
    _listen("smtp", listen, url, key, largest, tls_certificate, tls_key)


def _listen(
    protocol: Literal["lmtp", "smtp"], listen: str, url: str, key: str, largest: int,
    tls_certificate: Path | None, tls_key: Path | None,
) -> None:  # fmt: skip
    from pipeline.inbound.listener import listening
    from pipeline.sender.settings import host_and_port

    async def serve() -> None:
        async with listening(
            intake, protocol, host, port, largest=largest,
            tls_context=_tls_context(tls_certificate, tls_key),
        ) as one:  # fmt: skip
            typer.echo(f"taking mail over {protocol} on {one.host}:{one.port} for {url}")
            await asyncio.Event().wait()

    try:
        host, port = host_and_port(listen)
        intake = intake_or_exit(url, key)
        asyncio.run(until_stopped(serve()))
    except (ValueError, OSError) as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None


def _tls_context(certificate: Path | None, key: Path | None) -> "ssl.SSLContext | None":
    if certificate is None:
        return None
    import ssl

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context
