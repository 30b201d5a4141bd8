"""The options that say where a running service answers, and the key that it is spoken to with."""

from typing import Annotated

import typer

__all__ = ["DEFAULT_URL", "AdminKey", "Url", "key_or_exit", "no_answer"]

DEFAULT_URL = "http://127.0.0.1:8025"
Url = Annotated[str, typer.Option(help="Where the service answers.", envvar="GATEPOST_URL")]
AdminKey = Annotated[
    str,
    typer.Option(
        help="A key with the scope admin; better given in the environment.",
        envvar="GATEPOST_API_KEY",
        show_default=False,
    ),
]


def key_or_exit(key: str, *scopes: str) -> str:
    """`key`; when it is empty, says how to make one with `scopes` and exits 2."""
    if not key:
        wanted = " ".join(f"--scope {scope}" for scope in scopes)
        typer.echo(
            "gatepost: no API key; set GATEPOST_API_KEY to one that `gatepost key create NAME "
            f"{wanted}` made",
            err=True,
        )
        raise typer.Exit(2)
    return key


def no_answer(url: str) -> str:
    """What to say when nobody answers at `url`."""
    return (
        f"gatepost: {url} does not answer; start the service with `gatepost serve`, or say where "
        "it is with --url or GATEPOST_URL"
    )
