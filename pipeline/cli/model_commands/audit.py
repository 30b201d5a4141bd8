"""`gatepost model audit`: the promise about fraud on your own reviewed mail, and drift."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.project import DEFAULT_MODEL, ModelOption
from pipeline.cli.store_option import DEFAULT_STORE

if TYPE_CHECKING:
    from classifier.audit import FraudAudit
    from classifier.drift import Shift
    from classifier.live import Live
    from pipeline.mail_samples import Sample

_LATER_SHARE = 4


def audit(
    mail: Annotated[
        str,
        typer.Argument(
            envvar="GATEPOST_STORE",
            help="The store of the service, labels, or an export that `classify` reads.",
        ),
    ] = DEFAULT_STORE,
    model: ModelOption = DEFAULT_MODEL,
    recall: Annotated[
        float | None,
        typer.Option(help="The recall of fraud that was promised; default: as trained, else 0.95."),
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="Earlier mail to compare with, of the same kinds.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Compare mail from this day (UTC) with mail before; default: the latest quarter.",
        ),
    ] = None,
    latest: Annotated[int, typer.Option(min=1, help="How many messages to read.")] = 5_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the promise about fraud on reviewed mail, and raise an alarm when mail has drifted.

    The recall counts fraud that people labelled and the model was not trained on; n and the bound
    with 95 % confidence are printed, and what the promise does not cover. Drift compares later
    with earlier mail: intents, tags, languages, scores, unknown words, lengths, and the share of
    messages called unsure.

    Exit code 0: the promise holds and nothing has drifted. 1: the promise is broken, or there is a
    drift alarm. 3: no alarm, but too little is labelled to settle the promise. 2: model or mail
    cannot be read.
    """
    from classifier.artifact import ModelError
    from classifier.examples import DataError
    from classifier.live import Live
    from pipeline.cli.audited import as_json_text, show
    from pipeline.intake.errors import IntakeError
    from pipeline.mail_samples import samples_in
    from pipeline.store.database import CannotOpenError

    if recall is not None and not 0.0 < recall < 1.0:
        typer.echo("gatepost model audit: --recall must lie between 0 and 1", err=True)
        raise typer.Exit(2)
    try:
        live = Live.read(model)
        samples = samples_in(mail, latest)
        earlier = samples_in(baseline, latest) if baseline else None
    except (ModelError, DataError, IntakeError, CannotOpenError, OSError) as error:
        typer.echo(f"gatepost model audit: {error}", err=True)
        raise typer.Exit(2) from None
    found = _fraud(live, samples, recall or _promised(live))
    left_out = sum(one.intent is not None and _known(live, one) for one in samples)
    shifts, drift_of = _drift(live, samples, earlier, since)
    if as_json:
        typer.echo(as_json_text(found, left_out, shifts, drift_of))
    else:
        show(found, left_out, shifts, drift_of)
    if (found and found.verdict == "broken") or any(one.alarm for one in shifts):
        raise typer.Exit(1)
    if found is None or found.verdict == "not settled":
        raise typer.Exit(3)


def _promised(live: Live) -> float:
    """The recall that the model's card promises, else the usual one."""
    own = live.artifact.card.get("own", {})
    return float((own.get("promise") or {}).get("recall", 0.95))


def _fraud(live: Live, samples: list[Sample], promised: float) -> FraudAudit | None:
    from classifier.audit import audit_fraud

    reviewed = [
        (one.text, one.tags) for one in samples if one.tags is not None and not _known(live, one)
    ]
    if not reviewed:
        return None
    texts, tags = zip(*reviewed, strict=True)
    return audit_fraud(live.classifier, texts, tags, promised)


def _known(live: Live, sample: Sample) -> bool:
    return live.knows(sample.text.subject, sample.text.body)


def _drift(
    live: Live, samples: list[Sample], earlier: list[Sample] | None, since: datetime | None
) -> tuple[list[Shift], str]:
    """The shifts between earlier and later mail, or why there is nothing to compare."""
    from datetime import UTC

    from classifier.drift import profile, shifts

    if earlier is None:
        dated = [(one.at, one) for one in samples if one.at is not None]
        dated.sort(key=lambda pair: pair[0])
        if since is not None:
            place = sum(at < since.replace(tzinfo=UTC) for at, _ in dated)
        else:
            place = len(dated) - len(dated) // _LATER_SHARE
        ordered = [one for _, one in dated]
        earlier, samples = ordered[:place], ordered[place:]
    # Mail that the model was trained on looks unlike all other mail.
    sides = [[one for one in side if not _known(live, one)] for side in (earlier, samples)]
    vocabulary = live.artifact.vocabulary
    try:
        before, after = (
            profile(live.classifier, vocabulary, [one.text for one in side]) for side in sides
        )
        return shifts(before, after), f"{before.count} messages before, {after.count} after"
    except ValueError as error:
        return [], str(error)
