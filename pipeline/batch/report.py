"""The report of a run: one HTML file that opens offline, sorts its tables and prints well.

Everything is in the file: style, script and charts. A content security policy lets nothing else
in, so a message can bring no script or picture into the report. The same run gives the same bytes.
"""

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from classifier.labels import INTENTS
from pipeline.batch.assembling import Summary
from pipeline.batch.charts import Series, columns
from pipeline.batch.comparing import Comparison
from pipeline.batch.statistics import BINS, Statistics
from pipeline.batch.timeline import timeline
from policy.modes import Mode

__all__ = ["Facts", "render", "write_report"]

_COLOURS = 7
_FRAUD = "fraud_claim"
_MODES = tuple(mode.label for mode in Mode)
_MEANING = {
    "autonomous": "leaves by itself",
    "monitored": "leaves, with a copy to oversight",
    "gated_send": "waits until a person approves it",
    "gated_all": "the incoming message and the reply both wait for a person",
    "blocked": "never leaves",
}
_LANGUAGES = {
    "und": "not determined", "en": "English", "de": "German", "fr": "French", "es": "Spanish",
    "it": "Italian", "nl": "Dutch", "pt": "Portuguese", "pl": "Polish", "sv": "Swedish",
    "da": "Danish", "no": "Norwegian", "nb": "Norwegian", "fi": "Finnish", "cs": "Czech",
    "tr": "Turkish", "ru": "Russian", "uk": "Ukrainian", "el": "Greek", "zh": "Chinese",
    "ja": "Japanese", "ko": "Korean", "ar": "Arabic", "he": "Hebrew",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What the report says of the run itself; `policy` is the policy's name, empty for none."""

    source: str
    output: str
    policy: str
    model: str
    sampled: bool
    skipped: Sequence[tuple[str, str]] = ()


def write_report(path: Path, text: str) -> None:
    """Writes `text` to `path`, whole or not at all."""
    partial = path.with_name(f".{path.name}.tmp.{os.getpid()}")
    partial.write_text(text, "utf-8")
    partial.replace(path)


def render(
    facts: Facts, summary: Summary, statistics: Statistics, comparison: Comparison | None = None
) -> str:
    """The report as an HTML document."""
    environment = Environment(
        loader=PackageLoader("pipeline.batch", ""),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["words"] = lambda name: name.replace("_", " ")
    environment.filters["percent"] = _percent
    folder = files("pipeline.batch")
    script = (folder / "report.js").read_text("utf-8")
    days = sorted(day for day, _ in statistics.days)
    return environment.get_template("report.html").render(
        facts=facts,
        summary=summary,
        statistics=statistics,
        comparison=comparison,
        style=Markup((folder / "report.css").read_text("utf-8")),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # our own file
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        period=(days[0], days[-1]) if days else None,
        volume=_volume(statistics),
        confidence=_confidence(statistics),
        modes=_MODES,
        meaning=_MEANING,
        languages=_LANGUAGES,
        intents=_intents(summary, statistics),
        rules=_rules(statistics),
        held=sum(summary.modes[name] for name in ("gated_send", "gated_all")),
    )


def _percent(part: int, whole: int) -> str:
    if not whole or not part:
        return "0 %"
    share = 100 * part / whole
    return "under 1 %" if share < 1 else f"{share:.0f} %"


@dataclass(frozen=True, slots=True)
class _Chart:
    svg: Markup
    legend: tuple[tuple[str, str], ...]
    note: str


def _volume(statistics: Statistics) -> _Chart:
    found = timeline(statistics.days)
    totals = {name: sum(values) for name, values in found.counts.items()}
    ranked = sorted(totals, key=lambda name: (name != _FRAUD, -totals[name], name))
    shown, rest = ranked[: _COLOURS + 1], ranked[_COLOURS + 1 :]
    series = [
        Series(name.replace("_", " "), _colour(at, name), found.counts[name])
        for at, name in enumerate(shown)
    ]
    if rest:
        summed = [
            sum(values) for values in zip(*(found.counts[name] for name in rest), strict=True)
        ]
        series.append(Series(f"{len(rest)} other intents", "c8", summed))
    note = f"Messages by {found.unit} of their own date."
    if found.outside:
        note += f" {found.outside:,} with dates far before or after are left out."
    if statistics.undated:
        note += f" {statistics.undated:,} without a readable date are left out."
    svg = columns(found.labels, series, f"Messages by {found.unit} and intent")
    return _Chart(Markup(svg), tuple((one.colour, one.name) for one in series), note)  # noqa: S704  # escaped


def _colour(rank: int, name: str) -> str:
    """Fraud has a colour of its own, whatever its rank."""
    return "c0" if name == _FRAUD else f"c{rank % _COLOURS + 1}"


def _confidence(statistics: Statistics) -> _Chart:
    labels = [f"{at / BINS:.2f}" for at in range(BINS)]
    series = [
        Series(name, colour, [statistics.confidences[at, unsure] for at in range(BINS)])
        for name, colour, unsure in (("sure", "c1", False), ("unsure", "c3", True))
    ]
    svg = columns(labels, series, "Messages by confidence of their intent", ticks=10)
    legend = (("c1", "sure"), ("c3", "unsure: a person should route these"))
    return _Chart(Markup(svg), legend, "")  # noqa: S704  # escaped in charts


def _intents(summary: Summary, statistics: Statistics) -> list[dict[str, object]]:
    """A row for each intent that occurs, the most frequent first."""
    order = sorted(summary.intents.items(), key=lambda pair: (-pair[1], INTENTS.index(pair[0])))
    return [
        {
            "name": name,
            "count": count,
            "confidence": statistics.intent_confidence[name] / count,
            "unsure": statistics.unsure[name],
            "modes": {mode: statistics.modes[name, mode] for mode in _MODES},
        }
        for name, count in order
    ]


def _rules(statistics: Statistics) -> list[dict[str, object]]:
    """A row for each rule that decided, the strictest and most frequent first."""
    order = sorted(
        statistics.rules.items(), key=lambda pair: (-_MODES.index(pair[0][0]), -pair[1], pair[0])
    )
    return [
        {"mode": mode, "title": title, "at": at, "count": count,
         "samples": statistics.samples[mode, title, at]}
        for (mode, title, at), count in order
    ]  # fmt: skip
