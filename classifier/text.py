"""One normal form of a message's text; every evasion that text alone can undo is undone here."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import re2

from classifier.characters import PLAIN_FORMS
from classifier.spelling import Replace, Speller

MAXIMUM_LENGTH: Final = 200_000
"""Characters of one zone that are read; what is longer is cut, and `NormalText.cut` says so."""

NO_SPELLER: Final = Speller({})
"""Knows the contractions alone, and repairs nothing else."""


def _search_set(*patterns: str) -> re2.Set:
    made = re2.Set.SearchSet()
    for pattern in patterns:
        made.Add(pattern)
    made.Compile()
    return made


_SPACED: Final = re.compile(
    r"(?<![a-z0-9@$])[a-z0-9@$](?:([ .\-_*~/,+])[a-z0-9@$](?:\1[a-z0-9@$'])+)(?![a-z0-9@$])"
)
_INNER_MARKS: Final = re.compile(r"(?<=[a-z])[.*_~|^](?=[a-z](?:[.*_~|^][a-z])+)")
_SPACED_STEP, _MARKS_STEP = range(2)
_NEEDED: Final = _search_set(
    r"(?:^|[^a-z0-9@$])[a-z0-9@$][ .\-_*~/,+][a-z0-9@$][ .\-_*~/,+][a-z0-9@$](?:[^a-z0-9@$]|$)"
    r"|(?:^|[^a-z0-9@$])[a-z0-9@$](?:[ .\-_*~/,+][a-z0-9@$]){3}",
    r"[a-z][.*_~|^][a-z][.*_~|^][a-z]",
)
"""Which of the costlier replacements a text needs at all."""
_ENTITY: Final = re.compile(r"&(?:#x?[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_SENTENCE_END: Final = re.compile(r"[.!?]+[\"')\]]*(?=\s|$)|\n")
WRAPPED: Final = 50
"""A line of so many characters was probably wrapped: its end need not end a sentence."""


@dataclass(frozen=True, slots=True)
class NormalText:
    """The normal form of one zone, and where each of its characters came from.

    `offsets[i]` is the index in the original of the character that gave `text[i]`; one more entry
    gives the original's length. `cut` is true when the zone was longer than `MAXIMUM_LENGTH`.
    """

    text: str
    offsets: Sequence[int]
    cut: bool

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of the original that `text[start:end]` came from."""
        if end <= start:
            return self.offsets[start], self.offsets[start]
        return self.offsets[start], max(self.offsets[end - 1] + 1, self.offsets[end])


def normal_form(text: str, speller: Speller = NO_SPELLER) -> str:
    """The normal form of `text`: lower case ASCII where a reader would see ASCII.

    Undoes character references, width, style, accents, look-alikes, invisible marks and spaced-out
    words; slips, stretched words, and digits and signs for letters are undone when that gives a
    word that `speller` knows. Contractions are written out ("didn't" and "didnt" are "did not").
    """
    text = text[:MAXIMUM_LENGTH]
    if "&" in text:
        text = _ENTITY.sub(_unescaped, text)
    text = text.translate(PLAIN_FORMS) if not text.isascii() else text.lower()
    for pattern, replace in _steps(text, speller):
        text = pattern.sub(replace, text)
    return speller.mend(text)


def normal_text(text: str, speller: Speller = NO_SPELLER) -> NormalText:
    """The same normal form as `normal_form`, with offsets into the original."""
    cut = len(text) > MAXIMUM_LENGTH
    original, tracked = text[:MAXIMUM_LENGTH], _Tracked.of(text[:MAXIMUM_LENGTH])
    if "&" in original:
        tracked = tracked.sub(_ENTITY, _unescaped)
    tracked = tracked.translate(ascii_only=tracked.text.isascii())
    for pattern, replace in _steps(tracked.text, speller):
        tracked = tracked.sub(pattern, replace)
    for pattern, replace in speller.steps(tracked.text):
        tracked = tracked.sub(pattern, replace)
    return NormalText(tracked.text, [*tracked.offsets, len(original)], cut)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the half-open spans of the sentences of a normal form.

    A line break ends a sentence unless the line is as long as wrapped text is.
    """
    start = line = 0
    for match in _SENTENCE_END.finditer(text):
        end = match.end()
        if match.group() == "\n":
            wrapped = match.start() - line >= WRAPPED and text[end : end + 1] not in ("\n", "")
            line = end
            if wrapped:
                continue
        if text[start:end].strip():
            yield start, end
        start = end
    if text[start:].strip():
        yield start, len(text)


def _steps(text: str, speller: Speller) -> Iterator[tuple[re.Pattern[str], Replace]]:
    """The replacements `text` needs, decided in one linear-time pass."""
    needed = _NEEDED.Match(text) or ()
    if _SPACED_STEP in needed:
        yield _SPACED, lambda match: _joined(match, speller)
    if _MARKS_STEP in needed:
        yield _INNER_MARKS, _nothing


def _unescaped(match: re.Match[str]) -> str:
    return html.unescape(match.group())


def _joined(match: re.Match[str], speller: Speller) -> str:
    letters = match.group()[::2].replace("'", "")
    # A single-letter run such as "a b c" is rarer than "s t o l e n", and digits are card numbers.
    return speller.split(letters) if len(letters) > 3 and not letters.isdigit() else match.group()


def _nothing(match: re.Match[str]) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class _Tracked:
    """Text whose every character remembers its index in the original."""

    text: str
    offsets: list[int]

    @classmethod
    def of(cls, text: str) -> _Tracked:
        return cls(text, list(range(len(text))))

    def translate(self, *, ascii_only: bool) -> _Tracked:
        if ascii_only:
            return _Tracked(self.text.lower(), self.offsets)
        pieces = [PLAIN_FORMS[ord(character)] for character in self.text]
        offsets = [
            offset
            for piece, offset in zip(pieces, self.offsets, strict=True)
            for _ in range(len(piece))
        ]
        return _Tracked("".join(pieces), offsets)

    def sub(self, pattern: re.Pattern[str], replace: Replace) -> _Tracked:
        pieces: list[str] = []
        offsets: list[int] = []
        last = 0
        for match in pattern.finditer(self.text):
            start, end = match.span()
            new = replace(match)
            if new == match.group():
                continue
            pieces += (self.text[last:start], new)
            offsets += self.offsets[last:start]
            width = end - start
            offsets += (
                self.offsets[start + min(index * width // max(len(new), 1), width - 1)]
                for index in range(len(new))
            )
            last = end
        pieces.append(self.text[last:])
        offsets += self.offsets[last:]
        return _Tracked("".join(pieces), offsets)
