"""`gatepost audit export`: the audit log as JSON lines, for an auditor to keep and to check."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.store_option import DEFAULT_STORE, StoreOption

if TYPE_CHECKING:
    from sqlalchemy import Connection


def export(
    store: StoreOption = DEFAULT_STORE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, made anew; else stdout.")
    ] = None,
    only_roots: Annotated[
        bool, typer.Option("--roots", help="Write the hourly Merkle roots instead of the rows.")
    ] = False,
) -> None:
    """Write every row of the audit log, oldest first; the service may be running.

    The hash of a row is SHA-256 over the row without it, as JSON with sorted keys, no spaces and
    ASCII only. A root is the Merkle tree hash of RFC 9162 over the hashes of the first `size` rows.
    Exit code 2: no store, or a file that cannot be written.
    """
    from pipeline.store import audit
    from pipeline.store.audit_roots import roots
    from pipeline.store.database import CannotOpenError, read_store

    def write(connection: "Connection") -> None:
        rows = map(asdict, roots(connection)) if only_roots else audit.rows(connection)
        lines = (json.dumps(row, sort_keys=True, separators=(",", ":")) + "\n" for row in rows)
        if output is None:
            for line in lines:
                typer.echo(line, nl=False)
            return
        part = output.with_name(output.name + ".part")
        with part.open("w", encoding="ascii") as file:
            file.writelines(lines)
        part.replace(output)

    try:
        read_store(store, write)
    except (CannotOpenError, OSError) as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
