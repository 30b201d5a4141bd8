"""`gatepost policy impact`: which messages of the past a change of policy decides otherwise."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.files import policy_or_exit
from policy.modes import Mode
from policy.rules import Policy, Rule, RuleKind

_MOST_RULES = 5
_SHOWN_COLUMNS = ("message_id", "source", "offset", "from_address", "subject")


def impact(
    old: Annotated[Path, typer.Argument(help="The policy as it is: a file or folder.")],
    new: Annotated[Path, typer.Argument(help="The policy as it would be.")],
    on: Annotated[Path, typer.Option(help="A Parquet file written by `gatepost classify`.")],
    samples: Annotated[int, typer.Option(min=0, help="Messages to show of each kind.")] = 3,
    accept_freer: Annotated[
        bool, typer.Option("--accept-freer", help="Exit 0 though messages become freer.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Replay classified mail under two policies and show what moves, by which rule.

    Exit code 0: nothing becomes freer. 1: some messages do. 2: a file has mistakes.
    """
    before, after = policy_or_exit([old]), policy_or_exit([new])
    total, moves = _moves(before, after, on, samples)
    moved = sum(move["messages"] for move in moves)
    freer = sum(move["messages"] for move in moves if move["freer"])
    if as_json:
        told = {"messages": total, "moved": moved, "freer": freer, "moves": moves}
        typer.echo(json.dumps(told, indent=2, default=str))
    else:
        for move in moves:
            typer.echo("\n".join(_lines(move)) + "\n")
        typer.echo(
            f"{moved:,} of {total:,} messages move: {freer:,} become freer, "
            f"{moved - freer:,} stricter"
        )
    raise typer.Exit(1 if freer and not accept_freer else 0)


def _moves(before: Policy, after: Policy, on: Path, samples: int) -> tuple[int, list[Any]]:
    """How many messages there are, and every kind of move with its rules and samples."""
    import polars as pl

    from pipeline.history import facts_of_history
    from policy.frames import PolicyFrames

    try:
        history = pl.scan_parquet(on)
        present = history.collect_schema().names()
    except (OSError, pl.exceptions.PolarsError) as error:
        typer.echo(f"gatepost: {on} cannot be read: {str(error).splitlines()[0]}", err=True)
        raise typer.Exit(2) from None
    shown = [name for name in _SHOWN_COLUMNS if name in present]
    frames = [PolicyFrames(policy) for policy in (before, after)]
    decided = [
        frame.decide(facts_of_history(history, policy.vocabulary)).select(
            pl.col("mode").cast(pl.String).alias(f"mode_{side}"),
            pl.col("fired").arr.to_list().alias(f"fired_{side}"),
        )
        for frame, policy, side in zip(frames, (before, after), ("old", "new"), strict=True)
    ]
    table = pl.concat([history.select(shown), *decided], how="horizontal")
    total = int(table.select(pl.len()).collect().item())
    moved = table.filter(pl.col("mode_old") != pl.col("mode_new")).collect(engine="streaming")
    moves = []
    for (mode_old, mode_new), rows in sorted(
        moved.group_by("mode_old", "mode_new"), key=lambda found: -found[1].height
    ):
        causes: Counter[tuple[str, str]] = Counter()
        for fired_old, fired_new, count in rows.group_by("fired_old", "fired_new").len().rows():
            was, is_now = frames[0].fired(fired_old), frames[1].fired(fired_new)
            for change, titles in (("fires now", is_now), ("fires no longer", was)):
                others = {_key(rule) for rule in (was if titles is is_now else is_now)}
                for rule in titles:
                    if _key(rule) not in others:
                        causes[change, rule.title] += count
        moves.append(
            {
                "from": mode_old,
                "to": mode_new,
                "freer": Mode.from_label(str(mode_new)) < Mode.from_label(str(mode_old)),
                "messages": rows.height,
                "rules": [
                    {"change": change, "rule": title, "messages": count}
                    for (change, title), count in causes.most_common(_MOST_RULES)
                ],
                "samples": rows.select(shown).head(samples).to_dicts(),
            }
        )
    return total, moves


def _key(rule: Rule) -> tuple[str, RuleKind, Mode]:
    """What makes a rule the same in both policies, as far as a decision can tell."""
    return rule.title, rule.kind, rule.mode


def _lines(move: Any) -> list[str]:
    direction = "freer" if move["freer"] else "stricter"
    lines = [f"{move['messages']:,} from {move['from']} to {move['to']} ({direction})"]
    lines.extend(
        f"  {one['change']}: {one['rule']}  ({one['messages']:,})" for one in move["rules"]
    )
    for sample in move["samples"]:
        told = "  ".join(str(value) for value in sample.values() if value not in (None, ""))
        lines.append(f"    {' '.join(told.split())[:110]}")
    return lines
