"""Text that was changed, with the place in the original that each of its characters came from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Replace = Callable[[re.Match[str]], str]
"""What stands in for a match."""
Step = tuple[re.Pattern[str], Replace]
"""A replacement of everything that a pattern matches."""


@dataclass(frozen=True, slots=True)
class TrackedText:
    """A text in runs of characters that were neighbours in the original, too.

    Run `i` begins at `starts[i]` of the text and came from `origins[i]` of the original. Text that
    was hardly changed has few runs, so tracking costs as much as there is to track.
    """

    text: str
    starts: list[int]
    origins: list[int]

    @classmethod
    def of(cls, text: str) -> TrackedText:
        """A text as it is."""
        return cls(text, [0], [0])

    def origin(self, place: int) -> int:
        """The index in the original that the character at `place` came from."""
        run = bisect_right(self.starts, place) - 1
        return self.origins[run] + place - self.starts[run]

    def translate(self, table: dict[int, str]) -> TrackedText:
        """The text with what `table` has for its code points; one character for each."""
        return TrackedText(self.text.translate(table), self.starts, self.origins)

    def sub(self, pattern: re.Pattern[str], replace: Replace) -> TrackedText:
        """The text with all matches replaced; what stands in for a match is spread over it."""
        return self.replaced(
            (start, end, _spread(new, end - start))
            for match in pattern.finditer(self.text)
            for start, end in (match.span(),)
            if (new := replace(match)) != match.group()
        )

    def replaced(self, changes: Iterable[tuple[int, int, TrackedText]]) -> TrackedText:
        """The text with some spans, in order, replaced; origins there count from their starts."""
        pieces: list[str] = []
        runs: list[tuple[int, int]] = []
        last = 0
        for start, end, new in changes:
            pieces += (self.text[last:start], new.text)
            runs += self._runs(last, start)
            for origin, length in new._runs(0, len(new.text)):
                runs += self._runs(start + origin, start + origin + length)
            last = end
        pieces.append(self.text[last:])
        runs += self._runs(last, len(self.text))
        return _of_runs("".join(pieces), runs)

    def _runs(self, start: int, end: int) -> list[tuple[int, int]]:
        """The runs of `text[start:end]`: where each came from, and its length."""
        run = bisect_right(self.starts, start)
        if run == len(self.starts):
            return [(self.origins[-1] + start - self.starts[-1], end - start)]
        runs = []
        while start < end:
            stop = min(self.starts[run], end) if run < len(self.starts) else end
            runs.append((self.origins[run - 1] + start - self.starts[run - 1], stop - start))
            start, run = stop, run + 1
        return runs


def _of_runs(text: str, runs: Iterable[tuple[int, int]]) -> TrackedText:
    starts, origins = [0], [0]
    place, following = 0, -1
    for origin, length in runs:
        if not length:
            continue
        if not place:
            origins[0] = origin
        elif origin != following:
            starts.append(place)
            origins.append(origin)
        place, following = place + length, origin + length
    return TrackedText(text, starts, origins)


def _spread(new: str, width: int) -> TrackedText:
    length = max(len(new), 1)
    places = (min(place * width // length, width - 1) for place in range(len(new)))
    return _of_runs(new, ((place, 1) for place in places))
