"""`gatepost model shadow`: what a candidate would read otherwise than the live model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.project import DEFAULT_MODEL, ModelOption
from pipeline.cli.store_option import DEFAULT_STORE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.prediction import Prediction
    from classifier.shadow import Differences
    from pipeline.mail_samples import Sample


def shadow(
    candidate: Annotated[Path, typer.Argument(help="A model folder, such as build/model/3.")],
    mail: Annotated[
        str,
        typer.Argument(
            envvar="GATEPOST_STORE",
            help="The store of the service, or an export that `classify` reads.",
        ),
    ] = DEFAULT_STORE,
    model: ModelOption = DEFAULT_MODEL,
    latest: Annotated[int, typer.Option(min=1, help="How many messages to read.")] = 5_000,
    show: Annotated[int, typer.Option(min=0, help="How many changed messages to list.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read recent mail with both models and show what would change; nothing is changed.

    Messages that would lose a tag come first: read those. Exit code 0: done. 2: a model or the mail
    cannot be read.
    """
    import json

    from classifier.artifact import ModelError
    from classifier.evaluation import predict_all
    from classifier.examples import DataError
    from classifier.model import Classifier
    from classifier.shadow import differences
    from pipeline.intake.errors import IntakeError
    from pipeline.mail_samples import samples_in
    from pipeline.store.database import CannotOpenError

    try:
        models = Classifier.load(model), Classifier.load(candidate)
        samples = samples_in(mail, latest)
    except (ModelError, DataError, IntakeError, CannotOpenError, OSError) as error:
        typer.echo(f"gatepost model shadow: {error}", err=True)
        raise typer.Exit(2) from None
    texts = [one.text for one in samples]
    before, after = (predict_all(one, texts) for one in models)
    found = differences(before, after)
    if as_json:
        typer.echo(json.dumps(_as_json(found, samples, before, after), indent=1))
    else:
        typer.echo(f"live {models[0].digest[:12]}, candidate {models[1].digest[:12]}")
        _show(found, samples, before, after, show)


def _show(
    found: Differences,
    samples: Sequence[Sample],
    before: Sequence[Prediction],
    after: Sequence[Prediction],
    most: int,
) -> None:
    share = len(found.changed) / found.messages if found.messages else 0.0
    typer.echo(f"{len(found.changed)} of {found.messages} messages change ({share:.1%})")
    for (tag, what), count in sorted(found.tags.items()):
        typer.echo(f"  {what:<10} {tag:<20} {count:>6}")
    for (old, new), count in found.intents.most_common():
        typer.echo(f"  {old:<18} -> {new:<18} {count:>6}")
    for what, count in sorted(found.unsure.items()):
        typer.echo(f"  {what:<31} {count:>6}")
    for index in found.changed[:most]:
        typer.echo(f"{samples[index].name}: {_said(before[index])} -> {_said(after[index])}")
        typer.echo(f"    {_excerpt(samples[index])}")


def _said(prediction: Prediction) -> str:
    tags = "".join(f" +{tag}" for tag in sorted(prediction.tags))
    return f"{prediction.intent} {prediction.confidence:.2f}{tags}"


def _excerpt(sample: Sample) -> str:
    from pipeline.batch.excerpts import excerpt

    return excerpt(f"{sample.text.subject} {sample.text.body}")


def _as_json(
    found: Differences,
    samples: Sequence[Sample],
    before: Sequence[Prediction],
    after: Sequence[Prediction],
) -> dict[str, Any]:
    return {
        "messages": found.messages,
        "changed": len(found.changed),
        "intents": [
            {"from": old, "to": new, "messages": count}
            for (old, new), count in found.intents.most_common()
        ],
        "tags": [
            {"tag": tag, "change": what, "messages": count}
            for (tag, what), count in sorted(found.tags.items())
        ],
        "unsure": dict(found.unsure),
        "examples": [
            {
                "message": samples[index].name,
                "before": {"intent": before[index].intent, "tags": sorted(before[index].tags)},
                "after": {"intent": after[index].intent, "tags": sorted(after[index].tags)},
            }
            for index in found.changed
        ],
    }
