"""`gatepost audit verify`: was the audit log changed after the fact?"""

import typer

from pipeline.cli.store_option import DEFAULT_STORE, StoreOption


def verify(store: StoreOption = DEFAULT_STORE) -> None:
    """Check that every row of the audit log seals the one before; the service may be running.

    Exit code 0: unbroken. 1: broken, with the row. 2: no store. A log cut short at its end shows
    only against an earlier export: keep the last hash elsewhere.
    """
    from pipeline.store import audit
    from pipeline.store.database import CannotOpenError, read_store

    try:
        count, last = read_store(
            store,
            lambda connection: (audit.verify(connection), connection.execute(audit.LAST).first()),
        )
    except audit.BrokenChainError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(1) from None
    except CannotOpenError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{count} rows, unbroken; last hash {last.hash if last else audit.FIRST_HASH}")
