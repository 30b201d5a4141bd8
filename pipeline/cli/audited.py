"""What `gatepost model audit` prints."""

import json
from collections.abc import Sequence
from dataclasses import asdict

import typer

from classifier.audit import NOT_COVERED, FraudAudit
from classifier.drift import Shift
from classifier.evaluation import Rate

__all__ = ["as_json_text", "show"]


def show(found: FraudAudit | None, left_out: int, shifts: Sequence[Shift], drift_of: str) -> None:
    """The promise first, then what it does not cover, then the drift."""
    if left_out:
        typer.echo(f"{left_out} labelled messages are left out: the model was trained on them")
    if found is None:
        typer.echo("promise: not settled: there is no labelled mail that it was not trained on")
    else:
        _show_promise(found)
    typer.echo("the promise does not cover:")
    for gap in NOT_COVERED:
        typer.echo(f"  - {gap}")
    if not shifts:
        typer.echo(f"drift: not measured: {drift_of}; give --baseline, --since or more mail")
        return
    typer.echo(f"drift: {drift_of}")
    for one in shifts:
        size = f"rise {one.size:+.1%}" if one.group == "unsure" else f"index {one.size:.3f}"
        typer.echo(
            f"  {'ALARM' if one.alarm else 'quiet':<6} {one.group:<14} {size:<14}"
            f" p={one.p_value:<8.2g} {one.before} -> {one.after}"
        )


def _show_promise(found: FraudAudit) -> None:
    typer.echo(f"promise: fraud recall is at least {found.promised:.1%}: {found.verdict}")
    typer.echo(f"  found as shipped          {_rate(found.recall)}")
    if found.recall.count:
        typer.echo(f"  with confidence 95 %      at least {found.bound:.1%}")
    if found.verdict == "not settled":
        typer.echo(
            f"  it takes {found.needed} labelled frauds with no more missed than now to promise it"
        )
    if found.reachable is not None and found.alarms is not None:
        typer.echo(
            f"  at threshold {found.reachable.threshold:.2f} it could be promised"
            f" ({found.reachable.recall:.1%}, {found.reachable.misses} of"
            f" {found.reachable.positives} missed), flagging {_rate(found.alarms)} of other mail"
        )
    unflagged = found.unflagged
    if not unflagged.count:
        typer.echo(
            "  no reviewed message was without the fraud tag, so no miss could show: review random"
            " ones (`gatepost model suggest --random 60`)"
        )
    else:
        typer.echo(
            f"  fraud among {unflagged.count} reviewed messages without the tag: {unflagged.hits};"
            f" if they were drawn at random, at most {found.missed_share_bound:.1%} of such mail is"
            " fraud (95 %)"
        )


def as_json_text(
    found: FraudAudit | None, left_out: int, shifts: Sequence[Shift], drift_of: str
) -> str:
    """The same as JSON."""
    promise = None
    if found is not None:
        promise = {
            "promised": found.promised,
            "verdict": found.verdict,
            "frauds": found.recall.count,
            "found": found.recall.hits,
            "at_least": found.bound,
            "confidence": 0.95,
            "frauds_needed": found.needed,
            "unflagged_reviewed": found.unflagged.count,
            "fraud_among_unflagged": found.unflagged.hits,
            "reachable": asdict(found.reachable) if found.reachable else None,
        }
    return json.dumps(
        {
            "promise": promise,
            "left_out": left_out,
            "not_covered": list(NOT_COVERED),
            "drift_of": drift_of,
            "shifts": [asdict(one) for one in shifts],
        },
        indent=1,
    )


def _rate(rate: Rate) -> str:
    if not rate.count:
        return "no labelled fraud"
    low, high = rate.interval
    return f"{rate.value:.1%}  n={rate.count}  {low:.1%} to {high:.1%}"
