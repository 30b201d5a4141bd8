"""`gatepost person renew`: a new password and second factor for somebody who lost one."""

import asyncio
from typing import Annotated

import typer

from pipeline.cli.person_commands.credentials import (
    PasswordOption,
    password_or_exit,
    show_second_factor,
)
from pipeline.cli.store_option import DEFAULT_STORE, StoreOption


def renew(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    password: PasswordOption = None,
    role: Annotated[
        list[str] | None,
        typer.Option(help="The teams from now on; those before when not given. * for every team."),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Give a person a new password and second factor, while the service is stopped.

    The old ones, and every open session, are good no more; whoever was shut out may sign in again.
    A running service does it by POST /v1/people/{name}/renew. Exit code 2: no such person, a
    password that is too short, or a store that cannot be opened.
    """
    from pipeline.console.passwords import hash_password, new_totp_secret
    from pipeline.store.database import CannotOpenError, Store
    from pipeline.store.execution import SYSTEM, NotFoundError
    from pipeline.store.people import renew_person

    given = password_or_exit(password)
    secret = new_totp_secret()

    async def change() -> None:
        opened = Store(store)
        try:
            hashed = hash_password(given)
            await opened.write(
                lambda connection: renew_person(
                    connection, name, password_hash=hashed, totp_secret=secret, roles=role,
                    who=SYSTEM,
                )
            )  # fmt: skip
        finally:
            opened.close()

    try:
        asyncio.run(change())
    except (CannotOpenError, NotFoundError) as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    show_second_factor(name, secret)
