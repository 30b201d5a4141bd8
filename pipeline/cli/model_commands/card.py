"""`gatepost model card`: what a model is, and how far it can be trusted."""

from __future__ import annotations

import typer

from pipeline.cli.project import DEFAULT_MODEL, ModelOption


def card(model: ModelOption = DEFAULT_MODEL) -> None:
    """Print the model card as Markdown, made anew from the checked manifest.

    Exit code 2: there is no model, or it was altered.
    """
    from classifier.artifact import ModelError, read_artifact
    from classifier.model_card import markdown_card

    try:
        typer.echo(markdown_card(read_artifact(model)), nl=False)
    except ModelError as error:
        typer.echo(f"gatepost model card: {error}", err=True)
        raise typer.Exit(2) from None
