"""One normal form of a message's text; every evasion that text alone can undo is undone here."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
    ascii_only = tracked.text.isascii()
    tracked = tracked.lower() if ascii_only else tracked.translate(PLAIN_FORMS)
    for pattern, replace in _steps(tracked.text, speller):
        tracked = tracked.sub(pattern, replace)
    tracked = speller.mend_tracked(tracked)
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


def _unescaped(match: re.Match[str]) -> str:
    return html.unescape(match.group())


def _joined(match: re.Match[str], speller: Speller) -> str:
    letters = match.group()[::2].replace("'", "")
    # A single-letter run such as "a b c" is rarer than "s t o l e n", and digits are card numbers.
    return speller.split(letters) if len(letters) > 3 and not letters.isdigit() else match.group()


def _nothing(match: re.Match[str]) -> str:
    return ""
