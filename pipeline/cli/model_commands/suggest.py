"""`gatepost model suggest`: which messages to label next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.project import DEFAULT_MODEL, ModelOption
from pipeline.cli.store_option import DEFAULT_STORE

if TYPE_CHECKING:
    from classifier.prediction import Prediction
    from classifier.suggestion import Suggestion
    from pipeline.mail_samples import Sample


def suggest(
    mail: Annotated[
        str,
        typer.Argument(
            envvar="GATEPOST_STORE",
            help="The store of the service, or an export that `classify` reads.",
        ),
    ] = DEFAULT_STORE,
    model: ModelOption = DEFAULT_MODEL,
    count: Annotated[int, typer.Option(min=0, help="How many useful messages.")] = 20,
    random: Annotated[
        int, typer.Option(min=0, help="How many random ones among those not tagged as fraud.")
    ] = 5,
    seed: Annotated[int, typer.Option(help="Which random ones.")] = 0,
    latest: Annotated[int, typer.Option(min=1, help="How many messages to choose from.")] = 5_000,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write them as .jsonl to fill in the labels."),
    ] = None,
) -> None:
    """List the messages whose labels would teach the model most.

    Useful are those that it is unsure of, each unlike the others. The random ones measure what it
    misses without doubting: fraud among them slips through, and `gatepost model audit` counts it.
    Reviewed messages, and those it was trained on, are left out.

    In the file that -o writes, `intent` is empty: fill in one of the intents and the tags, then
    give it to `gatepost train --data`. Exit code 2: model or mail cannot be read.
    """
    import json

    from classifier.artifact import ModelError
    from classifier.evaluation import predict_all, united_fraud_scores
    from classifier.examples import DataError
    from classifier.live import Live
    from classifier.suggestion import suggest as choose
    from pipeline.intake.errors import IntakeError
    from pipeline.mail_samples import samples_in
    from pipeline.store.database import CannotOpenError

    try:
        live = Live.read(model)
        samples = [
            one
            for one in samples_in(mail, latest)
            if one.intent is None and not live.knows(one.text.subject, one.text.body)
        ]
    except (ModelError, DataError, IntakeError, CannotOpenError, OSError) as error:
        typer.echo(f"gatepost model suggest: {error}", err=True)
        raise typer.Exit(2) from None
    texts = [one.text for one in samples]
    predictions = predict_all(live.classifier, texts)
    margins = united_fraud_scores(live.classifier, texts, predictions)
    margins -= live.artifact.thresholds["fraud_risk"]
    found = choose(texts, predictions, margins, count=count, random=random, seed=seed)
    if output is not None:
        lines = [_line(one, samples[one.index], predictions[one.index]) for one in found]
        part = output.with_name(f".{output.name}.part")
        part.write_text(
            "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), "utf-8"
        )
        part.replace(output)
        typer.echo(f"{output}: {len(found)} of {len(samples)} messages, to be labelled")
        return
    for one in found:
        _show(one, samples[one.index], predictions[one.index])
    typer.echo(f"{len(found)} of {len(samples)} messages that nobody has labelled")


def _second(prediction: Prediction) -> tuple[str, float]:
    return sorted(prediction.probabilities.items(), key=lambda item: -item[1])[1]


def _show(one: Suggestion, sample: Sample, prediction: Prediction) -> None:
    from pipeline.batch.excerpts import excerpt

    second, share = _second(prediction)
    typer.echo(
        f"{one.why:<10} {one.uncertainty:.2f}  {prediction.intent} {prediction.confidence:.2f} or"
        f" {second} {share:.2f}  {sample.name}"
    )
    typer.echo(f"    {excerpt(f'{sample.text.subject} {sample.text.body}')}")


def _line(one: Suggestion, sample: Sample, prediction: Prediction) -> dict[str, Any]:
    return {
        "text": sample.text.body,
        "subject": sample.text.subject,
        "intent": "",
        "tags": [],
        "template": sample.name,
        "kind": "review",
        "why": one.why,
        "read_as": prediction.intent,
        "or_as": _second(prediction)[0],
        "read_tags": sorted(prediction.tags),
    }
