"""What a person signs in with: the password that is asked for, the second factor, shown once."""

import sys
from typing import Annotated

import typer

__all__ = ["PasswordOption", "password_or_exit", "show_second_factor"]

PasswordOption = Annotated[
    str | None,
    typer.Option(
        help="At least 12 characters; asked for when not given.", envvar="GATEPOST_PASSWORD"
    ),
]


def password_or_exit(given: str | None) -> str:
    """The password that was given, or else is asked for; exits 2 where it cannot be one."""
    from pipeline.console.passwords import LEAST_PASSWORD

    if given is None and not sys.stdin.isatty():
        typer.echo(
            "gatepost: nobody is there to be asked for a password; set GATEPOST_PASSWORD", err=True
        )
        raise typer.Exit(2)
    password = given
    if password is None:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    assert isinstance(password, str)
    if len(password) < LEAST_PASSWORD:
        typer.echo(f"gatepost: a password has at least {LEAST_PASSWORD} characters", err=True)
        raise typer.Exit(2)
    return password


def show_second_factor(name: str, secret: str) -> None:
    """Print what an authenticator app needs, this once."""
    from pipeline.console.passwords import authenticator_uri

    typer.echo(f"{name} may sign in. For the authenticator app, shown this once:")
    typer.echo(f"  secret   {secret}")
    typer.echo(f"  address  {authenticator_uri(name, secret)}")
