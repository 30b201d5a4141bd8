"""`gatepost model prune`: versions that nobody needs any more."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.project import DEFAULT_MODEL, ModelOption


def prune_versions(
    model: ModelOption = DEFAULT_MODEL,
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest stay.")] = 5,
) -> None:
    """Remove old versions, never the one that is live nor the one that `rollback` goes back to.

    Exit code 2: the folder cannot be read or written; what stands in it can still be used.
    """
    from classifier.versions import VersionError, prune

    try:
        removed = prune(model, keep)
    except (VersionError, OSError) as error:
        typer.echo(f"gatepost model prune: {error}", err=True)
        raise typer.Exit(2) from None
    if not removed:
        typer.echo(f"nothing to remove in {model}")
        return
    typer.echo(f"removed from {model}: {', '.join(removed)}")
