"""`gatepost store restored`: after a backup was put back, and before the service starts."""

import asyncio

import typer

from pipeline.cli.store_option import DEFAULT_STORE, StoreOption

_AT_ONCE = 500


def restored(store: StoreOption = DEFAULT_STORE) -> None:
    """Hold back everything that was queued in a backup, and pause sending.

    What was queued when the backup was made may have been sent since. Each such message becomes
    `unknown`: a person says, in the console or over the API, whether it was sent or is to be tried
    again. Scheduled messages whose time has not come stay queued. Nothing leaves until a person
    resumes sending. Exit code 0: done. 2: no store, or one that is in use.
    """
    from pipeline.store.database import CannotOpenError, Store, read_store
    from pipeline.store.restoring import InDoubt, doubt_queued, pause_restored

    async def hold() -> tuple[int, int]:
        opened = Store(store)
        doubtful = stale = 0
        try:
            while True:
                found: InDoubt = await opened.write(
                    lambda connection: doubt_queued(connection, _AT_ONCE)
                )
                if not found.doubtful + found.stale:
                    break
                doubtful, stale = doubtful + found.doubtful, stale + found.stale
            await opened.write(pause_restored)
        finally:
            opened.close()
        return doubtful, stale

    try:
        read_store(store, lambda connection: None)  # makes none that is not there
        doubtful, stale = asyncio.run(hold())
    except CannotOpenError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{doubtful} messages are in doubt, {stale} will be decided anew; sending is paused")
    typer.echo(
        "Next: start the service, settle what is in doubt in the console under In doubt, "
        "then resume sending there"
    )
