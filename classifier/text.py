"""One normal form of a message's text; every evasion that text alone can undo is undone here."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Final

import re2

from classifier.characters import PLAIN_FORMS
from classifier.spelling import Speller
from classifier.tracking import Step, TrackedText

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
_NOT_PLAIN: Final = re.compile(r"([^\t\n\r -~]+)")
_NOT_PLAIN_ONE: Final = re.compile(r"[^\t\n\r -~]")
_LOWER: Final = {ord(letter): letter.lower() for letter in ascii_uppercase}
_ENTITY: Final = re.compile(r"&(?:#x?[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_SENTENCE_END: Final = re.compile(r"[.!?]+[\"')\]]*(?=\s|$)|\n")
WRAPPED: Final = 50
"""A line of so many characters was probably wrapped: its end need not end a sentence."""


@dataclass(frozen=True, slots=True)
class NormalText:
    """The normal form of one zone, and where each of its characters came from.

    `length` is that of the original; `cut` is true when it was longer than `MAXIMUM_LENGTH`, and
    the rest not read.
    """

    tracked: TrackedText
    length: int
    cut: bool

    @property
    def text(self) -> str:
        """The normal form itself."""
        return self.tracked.text

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of the original that `text[start:end]` came from."""
        first = self._origin(start)
        if end <= start:
            return first, first
        return first, max(self._origin(end - 1) + 1, self._origin(end))

    def _origin(self, place: int) -> int:
        return self.tracked.origin(place) if place < len(self.text) else self.length


def plain_form(text: str, speller: Speller = NO_SPELLER) -> str:
    """The normal form of `text` (`normal_form`) before its words are mended."""
    text = text[:MAXIMUM_LENGTH]
    if "&" in text:
        text = _ENTITY.sub(_unescaped, text)
    text = text.lower() if text.isascii() else _plain_letters(text)
    for pattern, replace in _steps(text, speller):
        text = pattern.sub(replace, text)
    return text


def normal_form(text: str, speller: Speller = NO_SPELLER) -> str:
    """The normal form of `text`: lower case ASCII where a reader would see ASCII.

    Undoes character references, width, style, accents, look-alikes, invisible marks and spaced-out
    words; slips, stretched words, and digits and signs for letters are undone when that gives a
    word that `speller` knows. Contractions are written out ("didn't" and "didnt" are "did not").
    """
    return speller.mend(plain_form(text, speller))


def normal_text(text: str, speller: Speller = NO_SPELLER) -> NormalText:
    """The same normal form as `normal_form`, with offsets into the original."""
    cut = len(text) > MAXIMUM_LENGTH
    original = text[:MAXIMUM_LENGTH]
    tracked = TrackedText.of(original)
    if "&" in original:
        tracked = tracked.sub(_ENTITY, _unescaped)
    tracked = tracked.translate(_LOWER)
    if not tracked.text.isascii():
        tracked = tracked.sub(_NOT_PLAIN_ONE, _plain_letter)
    for pattern, replace in _steps(tracked.text, speller):
        tracked = tracked.sub(pattern, replace)
    return NormalText(speller.mend_tracked(tracked), len(original), cut)


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


def _steps(text: str, speller: Speller) -> Iterator[Step]:
    """The replacements `text` needs, decided in one linear-time pass."""
    needed = _NEEDED.Match(text) or ()
    if _SPACED_STEP in needed:
        yield _SPACED, lambda match: _joined(match, speller)
    if _MARKS_STEP in needed:
        yield _INNER_MARKS, _nothing


def _plain_letters(text: str) -> str:
    """`text` translated to plain forms; what is plain but for its case is not looked up."""
    parts = _NOT_PLAIN.split(text)
    parts[::2] = map(str.lower, parts[::2])
    parts[1::2] = [part.translate(PLAIN_FORMS) for part in parts[1::2]]
    return "".join(parts)


def _plain_letter(match: re.Match[str]) -> str:
    return PLAIN_FORMS[ord(match.group())]


def _unescaped(match: re.Match[str]) -> str:
    return html.unescape(match.group())


def _joined(match: re.Match[str], speller: Speller) -> str:
    letters = match.group()[::2].replace("'", "")
    # A single-letter run such as "a b c" is rarer than "s t o l e n", and digits are card numbers.
    return (
        speller.words.split(letters)
        if len(letters) > 3 and not letters.isdigit()
        else match.group()
    )


def _nothing(match: re.Match[str]) -> str:
    return ""
