"""`gatepost explain`: why a message got its labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.project import DEFAULT_MODEL, ModelOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.prediction import Prediction
    from classifier.training_index import Neighbour

_SHOWN = 90


def explain(
    message: Annotated[Path, typer.Argument(help="A message as a .eml file.")],
    model: ModelOption = DEFAULT_MODEL,
    nearest: Annotated[
        int, typer.Option(min=0, help="How many training messages to show that are alike.")
    ] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the labels of one message with the evidence for each.

    The evidence is signals and words with their places in the message; the runner-up is the intent
    it would have had next. The training messages shown are those nearest to the sentence that
    decided, with the labels that they taught: when these differ, so may opinions. A message of a
    shop's own is named, not quoted. Exit code 2: message or model cannot be read.
    """
    import json
    from dataclasses import asdict

    from classifier.artifact import ModelError
    from classifier.live import Live
    from classifier.prediction import MessageText
    from pipeline.mail.reading import read_message

    try:
        raw = message.read_bytes()
    except OSError as error:
        typer.echo(f"gatepost: {message} cannot be read: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    try:
        live = Live.read(model)
    except (OSError, ModelError) as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    read = read_message(raw)
    text = MessageText(read.subject, read.text, read.quoted, read.signature, read.hidden_text)
    prediction = live.classifier.explain(text)
    near: list[Neighbour] = []
    if live.index is not None and nearest:
        words = live.classifier.deciding_sentence(text, prediction.intent)
        near = live.index.nearest(words, nearest)
    if as_json:
        fields = asdict(prediction)
        fields["tags"] = sorted(prediction.tags)
        second, share = _runner_up(prediction)
        fields["runner_up"] = {"intent": second, "probability": share}
        fields["nearest"] = [asdict(one) for one in near]
        typer.echo(json.dumps(fields, ensure_ascii=False, indent=1))
        return
    _show(prediction, near)


def _runner_up(prediction: Prediction) -> tuple[str, float]:
    return sorted(prediction.probabilities.items(), key=lambda item: -item[1])[1]


def _show(prediction: Prediction, near: Sequence[Neighbour]) -> None:
    second, share = _runner_up(prediction)
    doubt = "  unsure: a person should route it" if prediction.unsure else ""
    typer.echo(f"intent    {prediction.intent}  {prediction.confidence:.2f}{doubt}")
    typer.echo(f"runner-up {second}  {share:.2f}")
    typer.echo(f"tags      {', '.join(sorted(prediction.tags)) or 'none'}")
    typer.echo(f"language  {prediction.language}")
    for evidence in prediction.evidence:
        shown = " ".join(evidence.text.split())
        typer.echo(
            f"  {evidence.label:<16} {evidence.source:<6} {evidence.name:<24}"
            f" {evidence.zone}:{evidence.start}-{evidence.end} {evidence.weight:+.2f}  {shown!r}"
        )
    if near:
        typer.echo("nearest training messages, by likeness:")
    for one in near:
        labels = " ".join((one.intent, *(f"+{tag}" for tag in one.tags)))
        plain = " ".join(one.text.split())
        cut = plain if len(plain) <= _SHOWN else f"{plain[: _SHOWN - 1]}…"
        typer.echo(f"  {one.similarity:.2f} {labels:<28} {one.template}  {cut}".rstrip())
