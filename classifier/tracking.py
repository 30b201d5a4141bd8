"""Text that was changed, with the place in the original that each of its characters came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Replace = Callable[[re.Match[str]], str]
"""What stands in for a match."""
Step = tuple[re.Pattern[str], Replace]
"""A replacement of everything that a pattern matches."""


@dataclass(frozen=True, slots=True)
class TrackedText:
    """A text, and for each of its characters the index of where it came from."""

    text: str
    offsets: list[int]

    @classmethod
    def of(cls, text: str) -> TrackedText:
        """A text as it is."""
        return cls(text, list(range(len(text))))

    def lower(self) -> TrackedText:
        """The text in lower case; it is ASCII."""
        return TrackedText(self.text.lower(), self.offsets)

    def translate(self, table: Mapping[int, str]) -> TrackedText:
        """The text with what `table` has for each code point."""
        pieces = [table[ord(character)] for character in self.text]
        offsets = [
            offset
            for piece, offset in zip(pieces, self.offsets, strict=True)
            for _ in range(len(piece))
        ]
        return TrackedText("".join(pieces), offsets)

    def sub(self, pattern: re.Pattern[str], replace: Replace) -> TrackedText:
        """The text with all matches replaced; what stands in for a match is spread over it."""
        changes = (
            (start, end, _spread(new, end - start))
            for match in pattern.finditer(self.text)
            for start, end in (match.span(),)
            if (new := replace(match)) != match.group()
        )
        return self.replaced(changes)

    def replaced(self, changes: Iterable[tuple[int, int, TrackedText]]) -> TrackedText:
        """The text with some spans, in order, replaced; offsets there count from their starts."""
        pieces: list[str] = []
        offsets: list[int] = []
        last = 0
        for start, end, new in changes:
            pieces += (self.text[last:start], new.text)
            offsets += self.offsets[last:start]
            offsets += [self.offsets[start + offset] for offset in new.offsets]
            last = end
        pieces.append(self.text[last:])
        offsets += self.offsets[last:]
        return TrackedText("".join(pieces), offsets)


def _spread(new: str, width: int) -> TrackedText:
    length = max(len(new), 1)
    return TrackedText(new, [min(place * width // length, width - 1) for place in range(len(new))])
