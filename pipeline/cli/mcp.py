"""`gatepost mcp`: the service as tools for AI agents."""

import asyncio
from typing import Annotated

import typer

from pipeline.cli.service_address import DEFAULT_URL, Url, key_or_exit


def mcp(
    url: Url = DEFAULT_URL,
    key: Annotated[
        str,
        typer.Option(
            help="The agent's key; better given in the environment. Not for --http.",
            envvar="GATEPOST_API_KEY",
            show_default=False,
        ),
    ] = "",
    mailbox: Annotated[
        str | None,
        typer.Option(help="The mailbox used when the agent names none.", envvar="GATEPOST_MAILBOX"),
    ] = None,
    http: Annotated[
        str | None,
        typer.Option(help="Serve over streamable HTTP on this host:port, at /mcp, not over stdio."),
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(help="Where agents reach the HTTP server, when not at --http.")
    ] = None,
) -> None:
    """Give AI agents tools to read, write and answer mail, over the Model Context Protocol.

    Speaks to a running service. The key must have the scopes send and read and no other: one that
    oversees or administers is refused, since an agent must not be able to approve its own mail.
    Over HTTP each agent sends its own key as `Authorization: Bearer`, and none is given here.
    Exit code 2: no key, one that may too much, or a service that cannot be reached.
    """
    from pipeline.agents.server import http_server, stdio_server
    from pipeline.agents.service_client import KeyTooPowerfulError, ServiceClient, ServiceError
    from pipeline.sender.settings import host_and_port

    async def over_stdio() -> None:
        client = ServiceClient(url, lambda: key)
        try:
            await client.demand_weak_key()
            await stdio_server(client, mailbox).run_stdio_async()
        finally:
            await client.close()

    try:
        if http is not None:
            host, port = host_and_port(http)
            server = http_server(url, public_url or f"http://{http}/mcp", mailbox)
            typer.echo(f"tools for agents at http://{http}/mcp", err=True)
            asyncio.run(server.run_streamable_http_async(host=host, port=port))
        else:
            key_or_exit(key, "send", "read")
            asyncio.run(over_stdio())
    except (KeyTooPowerfulError, ServiceError, ValueError) as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
