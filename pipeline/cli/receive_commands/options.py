"""The options that all `gatepost receive` verbs share, and how they end."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # loads the HTTP client
    from pipeline.inbound.intake import RemoteIntake

__all__ = ["Key", "Url", "intake_or_exit", "until_stopped"]

Url = Annotated[
    str, typer.Option(help="Where the service answers.", envvar="GATEPOST_URL", show_envvar=True)
]
Key = Annotated[
    str,
    typer.Option(
        help="A key with the scope admin; better given in the environment.",
        envvar="GATEPOST_API_KEY",
        show_envvar=True,
        show_default=False,
    ),
]


def intake_or_exit(url: str, key: str) -> "RemoteIntake":
    """The intake of the service at `url`; exits 2 without a key."""
    from pipeline.inbound.intake import RemoteIntake
    from pipeline.logs import configure_logs

    configure_logs()
    if not key:
        typer.echo(
            "gatepost: no API key; set GATEPOST_API_KEY to one that `gatepost key create NAME "
            "--scope admin` made",
            err=True,
        )
        raise typer.Exit(2)
    return RemoteIntake(url, key)


async def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` until it ends or SIGTERM or SIGINT comes; raises what `work` raises."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return
