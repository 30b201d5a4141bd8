"""`gatepost eml export`: the originals of a selection, as an mbox."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    result: Annotated[Path, typer.Argument(help="A .parquet result of gatepost classify.")],
    where: Annotated[
        str,
        typer.Option(
            help="Which rows, as in SQL: \"intent = 'fraud_claim' AND confidence > 0.8\", "
            "\"array_contains(tags, 'fraud_risk')\", \"mode = 'blocked'\"."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .mbox to write.")],
    inbox: Annotated[
        Path | None,
        typer.Option(help="The inbox, when it is not where it was when it was classified."),
    ] = None,
) -> None:
    """Write the original messages of some rows of a result back as an mbox.

    The originals hold everything, card numbers too: nothing in them is masked.

    Exit code 0: written. 1: no row was chosen, nothing is written. 2: bad input.
    """
    import tempfile

    from pipeline.batch.exporting import export as export_originals
    from pipeline.batch.exporting import inbox_of, selection
    from pipeline.intake.errors import IntakeError

    try:
        chosen = selection(result, where)
        if not chosen:
            typer.echo("gatepost eml export: no row was chosen; nothing is written", err=True)
            raise typer.Exit(1)
        if not output.parent.is_dir():
            raise IntakeError(f"{output}: there is no folder {output.parent}")
        with tempfile.TemporaryDirectory(prefix=".export.", dir=output.parent) as scratch:
            count = export_originals(chosen, inbox or inbox_of(result), output, Path(scratch))
    except IntakeError as error:
        typer.echo(f"gatepost eml export: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{count:,} message{'' if count == 1 else 's'} written to {output}, unmasked")
