"""`gatepost receive imap`: fetch mail from a folder of an IMAP server."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.cli.receive_commands.options import intake_or_exit, until_stopped
from pipeline.cli.service_address import DEFAULT_URL, AdminKey, Url


def imap(
    server: Annotated[str, typer.Argument(help="Name of the IMAP server, or host:port.")],
    username: Annotated[str, typer.Option(help="Whose mail to fetch.")],
    to: Annotated[
        str | None, typer.Option(help="Mailbox of the service; the user name when not given.")
    ] = None,
    password: Annotated[
        str, typer.Option(help="The password.", envvar="GATEPOST_IMAP_PASSWORD", show_default=False)
    ] = "",
    token: Annotated[
        str,
        typer.Option(
            help="An OAuth 2 access token instead of a password (XOAUTH2).",
            envvar="GATEPOST_IMAP_TOKEN",
            show_default=False,
        ),
    ] = "",
    token_command: Annotated[
        str, typer.Option(help="A command that prints the access token, for each log-in.")
    ] = "",
    token_file: Annotated[
        Path | None, typer.Option(help="A file that something keeps the access token in.")
    ] = None,
    folder: Annotated[str, typer.Option(help="The folder to fetch from.")] = "INBOX",
    then: Annotated[
        str,
        typer.Option(help="What becomes of a taken message: keep, delete, or a folder to move to."),
    ] = "keep",
    tls: Annotated[
        Literal["implicit", "starttls", "off"], typer.Option(help="How the connection is secured.")
    ] = "implicit",
    every: Annotated[float, typer.Option(help="Look every that many seconds.", min=1)] = 60.0,
    once: Annotated[bool, typer.Option("--once", help="Take what is there now, then end.")] = False,
    url: Url = DEFAULT_URL,
    key: AdminKey = "",
) -> None:
    """Fetch mail over IMAP and hand it to a running service, until stopped.

    A message is marked with the keyword GatepostTaken once it is on the service's disk, and is
    never marked as read; one that the service can never take is marked GatepostRefused and stays.
    A server that keeps no such keywords needs --then with a folder, or delete. New mail is taken
    at once where the server speaks IDLE. Exit code 2: no key, or an account, folder or mailbox
    that cannot be used.
    """
    from pipeline.access_token import AccessToken
    from pipeline.inbound.imap import ImapAccount, ImapError, Poller
    from pipeline.inbound.intake import BusyError

    host, _, number = server.partition(":")
    if number and not (number.isascii() and number.isdigit() and int(number) <= 65_535):
        typer.echo(f"gatepost: {server} is no host:port", err=True)
        raise typer.Exit(2)
    oauth = [one for one in (token, token_file, token_command) if one]
    if len(oauth) + bool(password) > 1:
        typer.echo("gatepost: give one of password, token, token file and token command", err=True)
        raise typer.Exit(2)
    account = ImapAccount(
        host=host,
        port=int(number or (993 if tls == "implicit" else 143)),
        username=username,
        to=to or username,
        password=password,
        token=AccessToken(token, token_file, token_command) if oauth else None,
        folder=folder,
        then=then,
        tls=tls,
    )
    poller = Poller(account, intake_or_exit(url, key), every=every)
    try:
        if once:
            typer.echo(f"{asyncio.run(poller.take_new())} taken")
        else:
            started = f"fetching mail of {account.username} at {host} for {account.to}"
            asyncio.run(until_stopped(poller.run(lambda: typer.echo(started))))
    except (ImapError, BusyError) as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
