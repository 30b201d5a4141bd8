"""`gatepost train`: labelled text to a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    data: Annotated[
        Path, typer.Option(help="Labelled text: a .jsonl file or a folder of them.")
    ] = Path("data/training"),
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The model folder to write.")
    ] = Path("build/model"),
) -> None:
    """Train the classifier and say how good it is on text it did not see."""
    from classifier.examples import DataError, read_examples
    from classifier.training import train as train_model

    try:
        artifact = train_model(read_examples(data), output)
    except DataError as error:
        typer.echo(f"gatepost train: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{output}: trained on {artifact.card['examples']} messages")
    typer.echo(
        "intent accuracy on templates held out (a heuristic, not a promise): "
        f"{artifact.card['held_out']['intent_accuracy']:.1%}"
    )
