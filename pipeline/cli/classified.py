"""What `gatepost classify` prints at the end of a run."""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.batch.classifying import Outcome, Settings
from pipeline.batch.comparing import Change, Comparison

__all__ = ["as_json_text", "show"]


def as_json_text(outcome: Outcome, comparison: Comparison | None) -> str:
    """The counts of a run, and of a comparison, as JSON."""
    summary = outcome.summary
    found: dict[str, object] = {one.name: getattr(summary, one.name) for one in fields(summary)}
    found["skipped"] = outcome.skipped
    if comparison is not None:
        found["comparison"] = {
            "matched": comparison.matched,
            "changed": comparison.changed,
            "only_now": comparison.only_now,
            "only_before": comparison.only_before,
            "intents": _pairs(comparison.intents),
            "modes": _pairs(comparison.modes),
            "tags": [
                {"tag": tag, "change": what, "messages": count}
                for (tag, what), count in comparison.tags.most_common()
            ],
        }
    return json.dumps(found, indent=1)


def _pairs(changes: Mapping[tuple[str, str], Change]) -> list[dict[str, object]]:
    return [
        {"before": before, "now": now, "messages": change.count,
         "samples": [place for place, _ in change.samples]}
        for (before, now), change in _ranked(changes)
    ]  # fmt: skip


def _ranked(changes: Mapping[tuple[str, str], Change]) -> list[tuple[tuple[str, str], Change]]:
    return sorted(changes.items(), key=lambda pair: (-pair[1].count, pair[0]))


def show(
    outcome: Outcome, settings: Settings, report: Path | None, comparison: Comparison | None
) -> None:
    """Prints what a run found."""
    summary = outcome.summary
    console = Console(highlight=False)
    if summary.rows:
        console.print(_intents(summary.intents))
    else:
        _line(console, f"no message was found in {settings.source}")
    if summary.tags:
        _line(console, f"tags: {_listed(summary.tags)}")
    if summary.modes:
        _line(console, f"a reply would be: {_listed(summary.modes)}")
    elif not settings.policy:
        _line(console, "no policy given: --policy FILE shows what it would do with each reply")
    _line(
        console,
        f"{_counted(summary.messages, 'message')} in, {_counted(summary.rows, 'row')} out: "
        f"{summary.errors:,} with an error, {summary.mended:,} mended while reading, "
        f"{_counted(summary.duplicates, 'duplicate')}, {summary.unsure:,} unsure",
    )
    if summary.errors:
        _line(console, "what could not be read stands in the column error")
    for name, reason in outcome.skipped[:20]:
        console.print(f"not read: {name}: {reason}", style="yellow", markup=False)
    if len(outcome.skipped) > 20:
        console.print(f"not read: {len(outcome.skipped) - 20} more files", style="yellow")
    if comparison is not None:
        _show_changes(console, comparison)
    if settings.keep_card_data is not None:
        console.print("card numbers were NOT masked; the reason stands in the run record")
    _line(console, f"written: {settings.output}" + (f", {report}" if report else ""))


def _line(console: Console, text: str) -> None:
    """One line, however long: a terminal wraps it, a script finds it whole."""
    console.print(text, markup=False, soft_wrap=True)


def _intents(counts: Mapping[str, int]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("intent")
    table.add_column("messages", justify="right")
    for intent, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        table.add_row(intent, f"{count:,}")
    return table


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _show_changes(console: Console, comparison: Comparison) -> None:
    console.print(
        f"\ncompared: {comparison.changed:,} of {comparison.matched:,} messages in both are judged "
        f"otherwise; {comparison.only_now:,} only now, {comparison.only_before:,} only before"
    )
    for title, changes in (("mode", comparison.modes), ("intent", comparison.intents)):
        if not changes:
            continue
        table = Table(box=None, pad_edge=False, header_style="dim")
        table.add_column(f"{title} before")
        table.add_column("now")
        table.add_column("messages", justify="right")
        table.add_column("for example")
        for (before, now), change in _ranked(changes)[:20]:
            table.add_row(before, now, f"{change.count:,}", escape(change.samples[0][0]))
        console.print(table)
    for (tag, what), count in comparison.tags.most_common():
        console.print(f"tag {tag} {what}: {count:,}")


def _listed(counts: dict[str, int]) -> str:
    pairs = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{name} {count:,}" for name, count in pairs)
