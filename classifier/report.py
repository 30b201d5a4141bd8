"""The report of an evaluation as one HTML file: no script, no network, figures as plain SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from classifier.evaluation import Evaluation, Rate
from classifier.labels import INTENTS

_STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1c2430}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}table{border-collapse:collapse}
td,th{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #dde3ea}
td:first-child,th:first-child{text-align:left}.small{color:#5b6673;font-size:.88rem}
pre{white-space:pre-wrap;background:#f4f6f8;padding:.5rem;margin:.2rem 0;font:13px/1.4 monospace}
svg{background:#fff;border:1px solid #dde3ea}svg text{font:11px system-ui,sans-serif;fill:#3a4550}
svg text.light{fill:#fff}
"""
_MOST_ERRORS: Final = 60
_SIDE: Final = 320
_MOST_ALARMS: Final = 0.25
"""A shop that flags more than this has no use for the threshold; the curve is drawn up to here."""
_DARK: Final = 0.5
_MARGIN: Final = 46


def html_report(evaluation: Evaluation, title: str, note: str = "") -> str:
    """The whole report, with a `note` on top; every text of a message in it is escaped."""
    return "\n".join(_parts(evaluation, title, note))


def _parts(evaluation: Evaluation, title: str, note: str) -> Iterator[str]:
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
    yield f"<style>{_STYLE}</style><h1>{escape(title)}</h1>"
    yield f"<p>{evaluation.mails} labelled mails. Shares carry their exact 95 % interval.</p>"
    if note:
        yield f"<p>{escape(note)}.</p>"
    yield "<table><tr><th><th>share<th>interval<th>n</tr>"
    yield _row("intents right", evaluation.accuracy)
    yield _row("not called unsure", evaluation.sure)
    yield _row("intents right among those", evaluation.accuracy_when_sure)
    yield "</table><h2>The promise about fraud</h2>" + _promise(evaluation)
    yield "<h2>Tags</h2><table><tr><th>tag<th>recall<th>interval<th>n<th>recall is at least"
    yield "<th>false alarms<th>interval<th>n</tr>"
    for tag, figures in evaluation.tags.items():
        yield (
            f"<tr><td>{tag}{_cells(figures.recall)}"
            f"<td>{f'{figures.recall_bound:.1%}' if figures.recall.count else '-'}"
            f"{_cells(figures.false_alarms)}</tr>"
        )
    yield "</table><h2>Cost of the fraud threshold</h2>" + _cost_curve(evaluation)
    yield "<h2>Intents</h2><table><tr><th>intent<th>recall<th>interval<th>n"
    yield "<th>precision<th>interval<th>n</tr>"
    for intent in INTENTS:
        recall, precision = evaluation.recall(intent), evaluation.precision(intent)
        yield f"<tr><td>{intent}{_cells(recall)}{_cells(precision)}</tr>"
    yield "</table><h2>Confusion</h2>" + _confusion(evaluation)
    yield f"<h2>Calibration</h2><p>Expected error {evaluation.calibration_error:.3f}.</p>"
    yield _calibration(evaluation)
    yield f"<h2>Errors to read</h2><p>{len(evaluation.errors)} mails; "
    yield f"the first {min(len(evaluation.errors), _MOST_ERRORS)}.</p>"
    for example, prediction in evaluation.errors[:_MOST_ERRORS]:
        missed = ", ".join(sorted(example.tags - prediction.tags))
        yield (
            f"<p>{example.intent} called <b>{prediction.intent}</b> ({prediction.confidence:.2f})"
            f"{'; missed ' + missed if missed else ''}</p><pre>{escape(example.text[:600])}</pre>"
        )
    yield "</html>"


def _row(name: str, rate: Rate) -> str:
    return f"<tr><td>{name}{_cells(rate)}</tr>"


def _cells(rate: Rate) -> str:
    if not rate.count:
        return "<td>-<td>-<td>0"
    low, high = rate.interval
    return f"<td>{rate.value:.1%}<td>{low:.1%} to {high:.1%}<td>{rate.count}"


def _promise(evaluation: Evaluation) -> str:
    made = evaluation.promise
    reach = evaluation.tags["fraud_risk"]
    if made is None:
        return (
            f"<p>None: {reach.recall.count} labelled frauds are too few or too many were missed;"
            f" {evaluation.promise_needs} without a miss would do. As shipped, the recall is at"
            f" least {reach.recall_bound:.1%} with confidence 95 % on mail like this.</p>"
        )
    return (
        f"<p>At threshold {made.threshold:.2f}, recall is at least {made.recall:.1%} with"
        f" confidence {made.confidence:.0%} on mail like these {made.positives} labelled frauds"
        f" ({made.misses} missed). It does not cover mail that has drifted, attacks, languages"
        " that these labels lack, or text made up for training.</p>"
    )


def _axes(across: str, up: str, most: str = "1") -> str:
    """A square frame with lines at the quarters; `most` is written at the right end."""
    end = _MARGIN + _SIDE
    lines = []
    for quarter in (0.25, 0.5, 0.75):
        x, y = _MARGIN + quarter * _SIDE, 10 + quarter * _SIDE
        lines.append(f'<path d="M{x} 10V{_SIDE + 10}M{_MARGIN} {y}H{end}" stroke="#e3e8ed"/>')
    return (
        f'<rect x="{_MARGIN}" y="10" width="{_SIDE}" height="{_SIDE}" fill="none"'
        f' stroke="#9aa5b1"/>{"".join(lines)}'
        f'<text x="{_MARGIN}" y="{_SIDE + 26}">0</text>'
        f'<text x="{end}" y="{_SIDE + 26}" text-anchor="end">{most}</text>'
        f'<text x="{_MARGIN + _SIDE // 2}" y="{_SIDE + 40}" text-anchor="middle">{across}</text>'
        f'<text x="30" y="20">1</text><text x="30" y="{_SIDE + 10}">0</text>'
        f'<text transform="translate(20,{_SIDE // 2 + 60}) rotate(-90)">{up}</text>'
    )


def _figure(content: str) -> str:
    width, height = _SIDE + _MARGIN + 16, _SIDE + 50
    return f'<svg width="{width}" height="{height}" role="img">{content}</svg>'


def _place(across: float, up: float) -> str:
    return f"{_MARGIN + across * _SIDE:.1f},{10 + (1 - up) * _SIDE:.1f}"


def _cost_curve(evaluation: Evaluation) -> str:
    if not evaluation.cost:
        return "<p>There is no mail on both sides to draw it.</p>"
    within = [(recall, alarms) for _, recall, alarms in evaluation.cost if alarms <= _MOST_ALARMS]
    points = " ".join(_place(alarms / _MOST_ALARMS, recall) for recall, alarms in within)
    line = f'<polyline points="{points}" fill="none" stroke="#0b62a8" stroke-width="2"/>'
    fraud = evaluation.tags["fraud_risk"]
    shipped = ""
    if fraud.false_alarms.value <= _MOST_ALARMS:
        x, y = _place(fraud.false_alarms.value / _MOST_ALARMS, fraud.recall.value).split(",")
        shipped = (
            f'<circle cx="{x}" cy="{y}" r="5" fill="#be3c1e"><title>as shipped: recall'
            f" {fraud.recall.value:.1%}, {fraud.false_alarms.value:.1%} of other mail"
            "</title></circle>"
        )
    axes = _axes("share of other mail flagged", "recall of fraud", f"{_MOST_ALARMS:.0%}")
    note = "<p class=small>The dot is the threshold as shipped.</p>" if shipped else ""
    return _figure(axes + line + shipped) + note


def _calibration(evaluation: Evaluation) -> str:
    start, end = _place(0, 0).split(","), _place(1, 1).split(",")
    ideal = (
        f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" stroke="#9aa5b1"'
        ' stroke-dasharray="4"/>'
    )
    most = max(count for _, _, count in evaluation.calibration)
    dots = []
    for mean, share, count in evaluation.calibration:
        across, up = _place(mean, share).split(",")
        radius = 3 + 7 * (count / most) ** 0.5
        dots.append(
            f'<circle cx="{across}" cy="{up}" r="{radius:.1f}" fill="#0b62a8">'
            f"<title>n={count}</title></circle>"
        )
    return _figure(_axes("confidence", "share right") + ideal + "".join(dots))


def _confusion(evaluation: Evaluation) -> str:
    cell, left, top = 26, 130, 110
    size = len(INTENTS) * cell
    totals = evaluation.confusion.sum(axis=1)
    light = ' class="light"'
    parts = []
    for row, intent in enumerate(INTENTS):
        y = top + row * cell
        parts.append(f'<text x="{left - 6}" y="{y + 17}" text-anchor="end">{intent}</text>')
        x = left + row * cell + 16
        parts.append(f'<text transform="translate({x},{top - 6}) rotate(-60)">{intent}</text>')
        for column in range(len(INTENTS)):
            count = int(evaluation.confusion[row, column])
            if count:
                share = count / totals[row]
                colour = "11,98,168" if row == column else "190,60,30"
                x = left + column * cell
                parts.append(
                    f'<rect x="{x}" y="{y}" width="{cell - 1}" height="{cell - 1}"'
                    f' fill="rgba({colour},{0.15 + 0.75 * share:.2f})"/>'
                    f'<text x="{x + 12}" y="{y + 17}" text-anchor="middle"'
                    f"{light if share > _DARK else ''}>{count}</text>"
                )
    return (
        f'<svg width="{left + size + 90}" height="{top + size + 8}" role="img">'
        f"{''.join(parts)}</svg><p class=small>Rows are the labels, columns what was called.</p>"
    )
