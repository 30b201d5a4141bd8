"""`gatepost person create`: somebody who may sign in to the console."""

import asyncio
from typing import Annotated

import typer

from pipeline.cli.store_option import DEFAULT_STORE, StoreOption


def create(
    name: Annotated[
        str, typer.Argument(help="As it stands in the audit log, such as ada.lovelace.")
    ],
    password: Annotated[
        str,
        typer.Option(
            help="At least 12 characters; asked for when not given.",
            envvar="GATEPOST_PASSWORD", prompt=True, hide_input=True, confirmation_prompt=True,
        ),
    ],
    role: Annotated[
        list[str] | None, typer.Option(help="A team the person approves for; * for every team.")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:  # fmt: skip
    """Let a person sign in, while the service is stopped.

    Prints once what an authenticator app needs for the one-time codes. A person whose name is the
    holder of an API key never approves what that key wrote. Exit code 2: a password that is too
    short, a name that is taken or cannot be one, or a store that cannot be opened.
    """
    from pipeline.console.passwords import (
        LEAST_PASSWORD,
        authenticator_uri,
        hash_password,
        new_totp_secret,
    )
    from pipeline.store.database import CannotOpenError, Store
    from pipeline.store.execution import SYSTEM
    from pipeline.store.people import PersonExistsError, PersonNameError, add_person

    if len(password) < LEAST_PASSWORD:
        typer.echo(f"gatepost: a password has at least {LEAST_PASSWORD} characters", err=True)
        raise typer.Exit(2)
    secret = new_totp_secret()

    async def add() -> None:
        opened = Store(store)
        try:
            hashed = hash_password(password)
            await opened.write(
                lambda connection: add_person(
                    connection, name=name, password_hash=hashed, totp_secret=secret,
                    roles=role or [], who=SYSTEM,
                )
            )  # fmt: skip
        finally:
            opened.close()

    try:
        asyncio.run(add())
    except (CannotOpenError, PersonExistsError, PersonNameError) as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{name} may sign in. For the authenticator app, shown this once:")
    typer.echo(f"  secret   {secret}")
    typer.echo(f"  address  {authenticator_uri(name, secret)}")
    if not role:
        typer.echo("No --role: approves only what no particular team is asked for.")
