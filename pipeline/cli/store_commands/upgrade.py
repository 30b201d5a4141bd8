"""`gatepost store upgrade`: bring the schema of a store up to this program."""

import typer

from pipeline.cli.store_option import DEFAULT_STORE, StoreOption


def upgrade(store: StoreOption = DEFAULT_STORE) -> None:
    """Bring the schema of a store up to date, all at once or not at all.

    Make a backup and stop every process that uses the store before. Exit code 0: it is up to date.
    2: no store, one that is in use, or one that a newer Gatepost has upgraded.
    """
    from pipeline.store.database import CannotOpenError, upgrade_store

    try:
        before, after = upgrade_store(store)
    except CannotOpenError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(
        f"schema {after}" + (", up to date already" if before == after else f", it was {before}")
    )
