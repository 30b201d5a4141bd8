"""`gatepost key create`: a key for a program or a person, shown once."""

import asyncio
from typing import Annotated

import typer

from pipeline.cli.store_option import DEFAULT_STORE, StoreOption


def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[
        list[str], typer.Option(help="read, send, oversight or admin; may be given several times.")
    ],
    store: StoreOption = DEFAULT_STORE,
    holder: Annotated[
        str | None, typer.Option(help="The person or program; one holder never approves its own.")
    ] = None,
    author: Annotated[str, typer.Option(help="agent, person or system.")] = "agent",
    role: Annotated[
        list[str] | None, typer.Option(help="A team the person approves for; * for every team.")
    ] = None,
    test: Annotated[
        bool,
        typer.Option("--test", help="What it sends is judged and never reaches a mail server."),
    ] = False,
) -> None:
    """Make an API key while the service is stopped; its secret is printed once.

    A running service makes keys by POST /v1/api-keys. Exit code 2: scopes that no key may have, or
    a store that cannot be opened.
    """
    from pipeline.store.database import CannotOpenError, Store
    from pipeline.store.execution import SYSTEM
    from pipeline.store.keys import ScopeError, create_key

    async def make() -> str:
        opened = Store(store)
        try:
            _, secret = await opened.write(
                lambda connection: create_key(
                    connection, name=name, scopes=scope, who=SYSTEM, holder=holder,
                    author=author, roles=role or [], test=test,
                )
            )  # fmt: skip
            return secret
        finally:
            opened.close()

    try:
        typer.echo(asyncio.run(make()))
    except CannotOpenError as error:
        typer.echo(
            f"gatepost: {error}; a running service makes keys by POST /v1/api-keys", err=True
        )
        raise typer.Exit(2) from None
    except ScopeError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
