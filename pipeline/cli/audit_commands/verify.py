"""`gatepost audit verify`: was the audit log changed after the fact?"""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.store_option import DEFAULT_STORE, StoreOption

if TYPE_CHECKING:
    from sqlalchemy import Connection


def verify(
    store: StoreOption = DEFAULT_STORE,
    root: Annotated[
        list[str] | None,
        typer.Option(help="A root kept elsewhere, as SIZE:HASH; may be given several times."),
    ] = None,
) -> None:
    """Check that every row of the audit log seals the one before; the service may be running.

    Whoever holds the store can make a whole log anew: only a root that was kept elsewhere shows
    that. The service logs one each hour, `gatepost audit export --roots` writes them all.

    Exit code 0: unbroken. 1: broken, with the row. 2: no store, or no root.
    """
    from pipeline.store import audit, audit_roots
    from pipeline.store.database import CannotOpenError, read_store

    kept = [_parsed(one) for one in root or []]

    def check(connection: "Connection") -> tuple[int, str, int]:
        count = audit_roots.verify(connection)
        for size, digest in kept:
            audit_roots.verify_root(connection, size, digest)
        last = connection.execute(audit.LAST).first()
        return count, last.hash if last else audit.FIRST_HASH, len(audit_roots.roots(connection))

    try:
        count, last, hours = read_store(store, check)
    except audit.BrokenChainError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(1) from None
    except CannotOpenError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{count} rows and {hours} roots, unbroken; last hash {last}")
    for size, digest in kept:
        typer.echo(f"root {digest[:16]} is that of the first {size} rows")


def _parsed(text: str) -> tuple[int, str]:
    size, _, digest = text.partition(":")
    if not (size.isdigit() and re.fullmatch("[0-9a-fA-F]{64}", digest)):
        typer.echo(f"gatepost: {text!r} is no root; write it as SIZE:HASH, 64 hex digits", err=True)
        raise typer.Exit(2)
    return int(size), digest
