"""`gatepost model rollback`: back to the version that was live before."""

from __future__ import annotations

import typer

from pipeline.cli.project import DEFAULT_MODEL, ModelOption


def rollback(model: ModelOption = DEFAULT_MODEL) -> None:
    """Make live again what was live before; once more goes one further back.

    A running service keeps the model it began with until it is started again. Exit code 2: nothing
    was live before; nothing has changed then.
    """
    from datetime import UTC, datetime

    from classifier.versions import VersionError, roll_back

    try:
        earlier = roll_back(model, at=datetime.now(UTC).isoformat(timespec="seconds"))
    except (VersionError, OSError) as error:
        typer.echo(f"gatepost model rollback: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"version {earlier.version} is live in {model}, {earlier.why}")
