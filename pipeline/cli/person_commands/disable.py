"""`gatepost person disable`: shut somebody out of the console."""

import asyncio
from typing import Annotated

import typer

from pipeline.cli.store_option import DEFAULT_STORE, StoreOption


def disable(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """End a person's sessions and let them sign in no more, while the service is stopped.

    What they approved stays on record. Exit code 2: no such person, or a store that cannot be
    opened.
    """
    from pipeline.store.database import CannotOpenError, Store
    from pipeline.store.execution import SYSTEM, NotFoundError
    from pipeline.store.people import disable_person

    async def shut_out() -> None:
        opened = Store(store)
        try:
            await opened.write(lambda connection: disable_person(connection, name, SYSTEM))
        finally:
            opened.close()

    try:
        asyncio.run(shut_out())
    except (CannotOpenError, NotFoundError) as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{name} may no longer sign in.")
