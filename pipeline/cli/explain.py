"""`gatepost explain`: why a message got its labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def explain(
    message: Annotated[Path, typer.Argument(help="A message as a .eml file.")],
    model: Annotated[
        Path | None, typer.Option(help="Model folder; default: the starter model.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the labels of one message with the evidence for each."""
    import json
    from dataclasses import asdict

    from classifier.artifact import ModelError
    from classifier.model import Classifier
    from classifier.prediction import MessageText
    from pipeline.mail.reading import read_message

    try:
        raw = message.read_bytes()
        classifier = Classifier.load(model)
    except (OSError, ModelError) as error:
        typer.echo(f"gatepost explain: {error}", err=True)
        raise typer.Exit(2) from None
    read = read_message(raw)
    prediction = classifier.explain(
        MessageText(read.subject, read.text, read.quoted, read.signature, read.hidden_text)
    )
    if as_json:
        fields = asdict(prediction)
        fields["tags"] = sorted(prediction.tags)
        typer.echo(json.dumps(fields, ensure_ascii=False, indent=1))
        return
    runner_up = sorted(prediction.probabilities.items(), key=lambda item: -item[1])[1]
    doubt = "  unsure: a person should route it" if prediction.unsure else ""
    typer.echo(f"intent    {prediction.intent}  {prediction.confidence:.2f}{doubt}")
    typer.echo(f"runner-up {runner_up[0]}  {runner_up[1]:.2f}")
    typer.echo(f"tags      {', '.join(sorted(prediction.tags)) or 'none'}")
    typer.echo(f"language  {prediction.language}")
    for evidence in prediction.evidence:
        shown = " ".join(evidence.text.split())
        typer.echo(
            f"  {evidence.label:<16} {evidence.source:<6} {evidence.name:<24}"
            f" {evidence.zone}:{evidence.start}-{evidence.end} {evidence.weight:+.2f}  {shown!r}"
        )
