"""Days to the columns of a chart: by day, week, month or year, whichever gives a readable number.

A few messages with absurd dates (spam from 1970) must not squeeze the rest into one column, so
what lies far outside the bulk is counted apart.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["Timeline", "timeline"]

_TAIL = 0.02
_MOST_DAYS = 62
_MOST_WEEKS = 371
_MOST_MONTHS = 3_660


@dataclass(frozen=True, slots=True)
class Timeline:
    """`counts` has the messages of each column by name; `outside` lie before or after them all."""

    unit: str
    labels: tuple[str, ...]
    counts: Mapping[str, tuple[int, ...]]
    outside: int


def timeline(days: Mapping[tuple[date, str], int]) -> Timeline:
    """The columns for counts by day and name."""
    totals: Counter[date] = Counter()
    for (day, _), count in days.items():
        totals[day] += count
    if not totals:
        return Timeline("day", (), {}, 0)
    first, last = _bulk(totals)
    unit, start, label = _unit((last - first).days + 1)
    starts = sorted({start(first + timedelta(n)) for n in range((last - first).days + 1)})
    place = {day: at for at, day in enumerate(starts)}
    columns: dict[str, list[int]] = {}
    outside = 0
    for (day, name), count in days.items():
        if first <= day <= last:
            columns.setdefault(name, [0] * len(starts))[place[start(day)]] += count
        else:
            outside += count
    counts = {name: tuple(values) for name, values in columns.items()}
    return Timeline(unit, tuple(label(day) for day in starts), counts, outside)


def _bulk(totals: Mapping[date, int]) -> tuple[date, date]:
    """The first and last day but for those further out than half the span of the middle 96 %."""
    days = sorted(totals)
    tail = sum(totals.values()) * _TAIL
    low = _after(days, totals, tail)
    high = _after(days[::-1], totals, tail)
    margin = max((high - low).days // 2, 31)
    inner = [day for day in days if abs((day - low).days) <= margin or low <= day <= high
             or abs((day - high).days) <= margin]  # fmt: skip
    return inner[0], inner[-1]


def _after(days: list[date], totals: Mapping[date, int], tail: float) -> date:
    """The first of `days` by which more than `tail` messages are counted."""
    count = 0
    for day in days:
        count += totals[day]
        if count > tail:
            return day
    return days[-1]


def _unit(span: int) -> tuple[str, Callable[[date], date], Callable[[date], str]]:
    if span <= _MOST_DAYS:
        return "day", lambda day: day, lambda day: f"{day.day} {day:%b}"
    if span <= _MOST_WEEKS:
        return "week", lambda day: day - timedelta(day.weekday()), lambda day: f"{day.day} {day:%b}"
    if span <= _MOST_MONTHS:
        return "month", lambda day: day.replace(day=1), lambda day: f"{day:%b %Y}"
    return "year", lambda day: day.replace(month=1, day=1), lambda day: f"{day:%Y}"
