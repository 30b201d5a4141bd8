"""`gatepost model evaluate`: how a model does on labelled mail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.project import DEFAULT_MODEL, ModelOption

if TYPE_CHECKING:
    from classifier.evaluation import Evaluation, Rate


def evaluate(
    data: Annotated[
        Path, typer.Argument(help="Labelled mail: .jsonl, .csv, .parquet, or a folder.")
    ],
    model: ModelOption = DEFAULT_MODEL,
    report: Annotated[
        Path | None, typer.Option(help="Write an HTML report that opens offline.")
    ] = None,
    recall: Annotated[float, typer.Option(help="The recall of fraud to promise.")] = 0.95,
) -> None:
    """Measure a model on labelled mail.

    Messages that the model was trained on are found by their words and left out. Shares come with
    n and their exact 95 % interval; the report has confusion, calibration, the cost of the fraud
    threshold, and the errors to read. Exit code 2: labels or model cannot be read, or every message
    was trained on.
    """
    from classifier.artifact import ModelError
    from classifier.evaluation import evaluate as measure
    from classifier.examples import DataError, read_examples
    from classifier.live import Live
    from classifier.report import html_report

    if not 0.0 < recall < 1.0:
        typer.echo("gatepost model evaluate: --recall must lie between 0 and 1", err=True)
        raise typer.Exit(2)
    try:
        live, examples = Live.read(model), read_examples(data)
        fresh = [one for one in examples if not live.knows(one.subject, one.text)]
        if not fresh:
            raise DataError(f"{data}: every message was trained on: give some that were not")
        found = measure(live.classifier, fresh, recall=recall)
        note = _left_out(len(examples) - len(fresh), len(examples), known=live.index is not None)
        if report is not None:
            report.write_text(html_report(found, f"Classifier on {data.name}", note), "utf-8")
    except (DataError, ModelError, OSError) as error:
        typer.echo(f"gatepost model evaluate: {error}", err=True)
        raise typer.Exit(2) from None
    if note:
        typer.echo(note)
    _show(found, recall)
    if report is not None:
        typer.echo(f"report: {report}")


def _left_out(count: int, total: int, *, known: bool) -> str:
    if not known:
        return (
            "this model keeps no list of what it was trained on: messages that were among it"
            " flatter the figures"
        )
    if not count:
        return ""
    return f"{count} of {total} messages are left out: the model was trained on them"


def _show(found: Evaluation, recall: float) -> None:
    _line("intents right", found.accuracy)
    _line("not called unsure", found.sure)
    _line("intents right among those", found.accuracy_when_sure)
    for tag, figures in found.tags.items():
        _line(f"{tag} recall", figures.recall)
        _line(f"{tag} false alarms", figures.false_alarms)
    typer.echo(f"{'expected calibration error':<34} {found.calibration_error:.3f}")
    fraud = found.tags["fraud_risk"]
    if not fraud.recall.count:
        typer.echo("fraud: no labelled fraud, so nothing can be promised")
    elif found.promise is None:
        typer.echo(
            f"fraud: a recall of {recall:.1%} cannot be promised on these {fraud.recall.count}"
            f" labelled frauds ({found.promise_needs} without a miss would do); as shipped it is at"
            f" least {fraud.recall_bound:.1%} with confidence 95 %"
        )
    else:
        typer.echo(
            f"fraud: recall is at least {found.promise.recall:.1%} with confidence 95 % at"
            f" threshold {found.promise.threshold:.2f}, on mail like these"
            f" {found.promise.positives} frauds"
        )


def _line(name: str, rate: Rate) -> None:
    if rate.count:
        low, high = rate.interval
        typer.echo(f"{name:<34} {rate.value:6.1%}  n={rate.count}  {low:.1%} to {high:.1%}")
