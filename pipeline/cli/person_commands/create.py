"""`gatepost person create`: somebody who may sign in to the console."""

import asyncio
from typing import Annotated

import typer

from pipeline.cli.person_commands.credentials import (
    PasswordOption,
    password_or_exit,
    show_second_factor,
)
from pipeline.cli.store_option import DEFAULT_STORE, StoreOption


def create(
    name: Annotated[
        str, typer.Argument(help="As it stands in the audit log, such as ada.lovelace.")
    ],
    password: PasswordOption = None,
    role: Annotated[
        list[str] | None, typer.Option(help="A team the person approves for; * for every team.")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Let a person sign in, while the service is stopped.

    Prints once what an authenticator app needs for the one-time codes. A person whose name is the
    holder of an API key never approves what that key wrote. A running service lets people in by
    POST /v1/people. Exit code 2: a password that is too short, a name that is taken or cannot be
    one, or a store that cannot be opened.
    """
    from pipeline.console.passwords import hash_password, new_totp_secret
    from pipeline.store.database import CannotOpenError, Store
    from pipeline.store.execution import SYSTEM
    from pipeline.store.people import PersonExistsError, PersonNameError, add_person

    given = password_or_exit(password)
    secret = new_totp_secret()

    async def add() -> None:
        opened = Store(store)
        try:
            hashed = hash_password(given)
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
    except CannotOpenError as error:
        typer.echo(
            f"gatepost: {error}; a running service lets people in by POST /v1/people", err=True
        )
        raise typer.Exit(2) from None
    except PersonExistsError as error:
        typer.echo(
            f"gatepost: {error}; `gatepost person renew` gives a new password and codes", err=True
        )
        raise typer.Exit(2) from None
    except PersonNameError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    show_second_factor(name, secret)
    if not role:
        typer.echo("No --role: approves only what no particular team is asked for.")
