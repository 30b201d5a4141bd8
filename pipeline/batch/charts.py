"""Charts as SVG: plain marks with a title each, coloured by the classes `c0` to `c8` and `m0`….

The same numbers give the same bytes. Colours, light and dark, are the style sheet's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Series", "columns"]

_WIDTH = 960
_HEIGHT = 280
_LEFT = 56
_BOTTOM = 34
_TOP = 14
_NARROW = 30


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a stack: its name, the class of its colour, and a value for each column."""

    name: str
    colour: str
    values: Sequence[int]


def columns(labels: Sequence[str], series: Sequence[Series], title: str, *, ticks: int = 8) -> str:
    """Stacked columns, the first series at the foot; about `ticks` of the labels are written."""
    totals = [sum(one.values[at] for one in series) for at in range(len(labels))]
    top, step = _scale(max(totals, default=0))
    plot = _HEIGHT - _TOP - _BOTTOM
    slot = (_WIDTH - _LEFT) / max(len(labels), 1)
    gap = min(slot * 0.25, 6.0)
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}" '
        'class="chart">'
    ]
    value = 0.0
    while value <= top:
        y = _TOP + plot * (1 - value / top)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="axis end" x="{_LEFT - 8}" y="{y + 4:.1f}">{value:,.0f}</text>')
        value += step
    for at, label in enumerate(labels):
        foot = _TOP + float(plot)
        x = _LEFT + at * slot + gap / 2
        for one in series:
            if not one.values[at]:
                continue
            height = plot * one.values[at] / top
            foot -= height
            parts.append(
                f'<rect class="{one.colour}" x="{x:.1f}" y="{foot:.1f}" '
                f'width="{slot - gap:.1f}" height="{height:.1f}">'
                f"<title>{escape(f'{label}: {one.name} {one.values[at]:,}')}</title></rect>"
            )
    every = max(1, -(-len(labels) // ticks))
    for at in range(0, len(labels), every):
        middle = _LEFT + at * slot + slot / 2
        # A label wider than its column would reach over the edge.
        anchor, x = ("start", _LEFT) if at == 0 and slot < _NARROW else ("middle", middle)
        parts.append(
            f'<text class="axis {anchor}" x="{x:.1f}" y="{_HEIGHT - 12}">'
            f"{escape(labels[at])}</text>"
        )
    parts.append("</svg>")
    return "".join(parts)


def _scale(highest: int) -> tuple[float, float]:
    """The top of an axis for values up to `highest`, and the step of its marks: whole numbers."""
    if highest <= 4:
        return float(max(highest, 1)), 1.0
    magnitude = 10 ** (len(str(highest)) - 1)
    for factor in (0.1, 0.2, 0.25, 0.5, 1, 2, 2.5, 5):
        step = float(magnitude * factor)
        if step >= 1 and step.is_integer() and highest / step <= 5:
            return step * -(-highest // step), step
    return float(highest), float(highest)
