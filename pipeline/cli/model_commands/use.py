"""`gatepost model use`: make a version live."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.project import DEFAULT_MODEL, ModelOption


def use(
    version: Annotated[str, typer.Argument(help="A version of `gatepost model list`.")],
    model: ModelOption = DEFAULT_MODEL,
) -> None:
    """Make a version live, if it is whole; whatever loads the folder from now on gets it.

    A running service keeps the model it began with until it is started again. Exit code 2: there
    is no such version, or it is damaged; nothing has changed then.
    """
    from datetime import UTC, datetime

    from classifier.artifact import ModelError, read_artifact
    from classifier.versions import VersionError, names, release

    try:
        if version in names(model):
            read_artifact(model / version)
        release(model, version, at=datetime.now(UTC).isoformat(timespec="seconds"), why="chosen")
    except (VersionError, ModelError, OSError) as error:
        typer.echo(f"gatepost model use: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"version {version} is live in {model}")
