"""What `gatepost train` prints at the end of a run."""

from pathlib import Path
from typing import Any

import typer

from classifier.calibration import positives_needed
from classifier.comparison import PairedTest
from classifier.evaluation import Rate
from classifier.learning import Learned

__all__ = ["as_json_value", "show", "show_verdict"]


def show(learned: Learned, output: Path, version: str, recall: float | None) -> None:
    """What was trained on, how good it is, and how that compares with the live version."""
    card = learned.artifact.card
    typer.echo(
        f"{output}: version {version}, trained on {card['starter']} messages of the project and"
        f" {learned.learned} of yours"
    )
    typer.echo(
        "intents right on templates held out (a heuristic, not a promise): "
        f"{card['held_out']['intent_accuracy']:.1%}"
    )
    if learned.measured is not None:
        typer.echo(f"on yours held back: intents right {_rate(learned.measured.accuracy)}")
        fraud = learned.measured.tags["fraud_risk"].recall
        if fraud.count:
            typer.echo(f"on yours held back: fraud found {_rate(fraud)}")
    if recall is not None:
        _show_promise(learned, recall)
    if learned.known_to_live:
        typer.echo(
            f"{learned.known_to_live} of those are not compared: the live version was trained on"
            " them"
        )
    found = learned.comparison
    if found is None:
        return
    against = card["own"]["measured"]["against"]
    typer.echo(f"compared with version {against} on {found.intents.count} messages:")
    _show_test("intents right", found.live_right, found.candidate_right, found.intents)
    _show_test("fraud found", found.live_recall, found.candidate_recall, found.fraud)
    if found.live_alarms.count:
        typer.echo(
            f"  false alarms   {found.live_alarms.value:6.1%} -> "
            f"{found.candidate_alarms.value:6.1%}  n={found.live_alarms.count}"
        )


def _show_promise(learned: Learned, recall: float) -> None:
    promise = learned.artifact.card["own"]["promise"]
    if promise:
        typer.echo(
            f"promise: fraud recall is at least {recall:.1%} with confidence 95 %, on mail like the"
            f" {promise['frauds']} frauds held back ({promise['missed']} missed); see"
            " `gatepost model audit`"
        )
        return
    count = learned.measured.tags["fraud_risk"].recall.count if learned.measured else 0
    typer.echo(
        f"promise: none: {count} labelled frauds held back do not support a recall of {recall:.1%};"
        f" it takes {positives_needed(recall)} without a miss. The threshold stays as it is"
    )


def show_verdict(objections: list[str], output: Path, version: str, force: bool) -> None:
    """Whether the version is live, and if not, why and what to do."""
    for one in objections:
        typer.echo(f"against it: {one}")
    if force or not objections:
        typer.echo(f"version {version} is live in {output}")
    else:
        typer.echo(
            f"version {version} is kept and NOT live; `gatepost model use {version}` or --force"
            " makes it live"
        )


def as_json_value(
    learned: Learned, version: str, objections: list[str], force: bool
) -> dict[str, Any]:
    """The same as JSON."""
    card = dict(learned.artifact.card)
    found = learned.comparison
    return {
        "version": version,
        "live": force or not objections,
        "objections": objections,
        "comparison": None
        if found is None
        else {
            "against": card["own"]["measured"]["against"],
            "intents": _test(found.intents),
            "fraud": _test(found.fraud),
        },
        "known_to_live": learned.known_to_live,
        "card": card,
    }


def _test(test: PairedTest) -> dict[str, Any]:
    return {
        "messages": test.count,
        "gained": test.gains,
        "lost": test.losses,
        "p_value": test.p_value,
        "verdict": test.verdict,
    }


def _show_test(name: str, before: Rate, after: Rate, test: PairedTest) -> None:
    if test.count:
        typer.echo(
            f"  {name:<14} {before.value:6.1%} -> {after.value:6.1%}  n={test.count}"
            f"  gained {test.gains}, lost {test.losses}, McNemar exact p={test.p_value:.3g}:"
            f" {test.verdict}"
        )


def _rate(rate: Rate) -> str:
    low, high = rate.interval
    return f"{rate.value:.1%}  n={rate.count}  {low:.1%} to {high:.1%}"
