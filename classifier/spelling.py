"""Texts as they were meant: contractions written out, and every word that was miswritten mended.

What becomes of a chunk of text between spaces is remembered, so ordinary mail pays one set
difference; `classifier.correction` says what becomes of a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import accumulate
from typing import Final

from classifier.contractions import CONTRACTIONS, WRITE_OUT
from classifier.correction import MAXIMUM_REMEMBERED, SHORTEST, Corrector
from classifier.slips import letters_for_signs
from classifier.tracking import Step, TrackedText

_TOKEN: Final = re.compile(r"[a-z0-9@$!|+]+(?:'[a-z0-9@$]+)?")
"""What is repaired as one: letters, and the digits and signs that pass for letters."""

_IS_ONE_WORD: Final = re.compile("[a-z]+").fullmatch
_LONGEST_REMEMBERED: Final = 40
DISGUISES: Final = 3
"""So many words with digits or signs for letters, and runs of digits alone are read as words."""
_LINE_BREAK: Final = " \n "
"""A line break as a chunk of its own."""
_MARKS: Final = frozenset("@$!|+")
_PUNCTUATION: Final = ".,;:!?()\"'-"


class Speller:
    """Mends texts whose words `words` corrects."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """Take the words of the training text and their counts (`classifier.correction`)."""
        self.words = Corrector(counts)
        self._sound: set[str] = set()
        self._chunks: dict[str, str] = {}
        self._mended_tracked: dict[str, TrackedText] = {}
        self._steps: list[Step] = [WRITE_OUT]
        self._disguised = self._steps
        if counts:
            mend, unmask = (_TOKEN, self._repair_match), (_TOKEN, self._unmask_match)
            self._steps, self._disguised = [*self._steps, mend], [*self._steps, mend, unmask]

    def mended(self, chunk: str) -> str:
        """What a chunk between spaces stands for, where its text is not disguised throughout."""
        if chunk in self.words.known and chunk not in CONTRACTIONS and _IS_ONE_WORD(chunk):
            return chunk
        for pattern, replace in self._steps:
            chunk = pattern.sub(replace, chunk)
        return chunk

    def disguised(self, chunk: str) -> str:
        """The same where it is: digits and signs alone are letters too."""
        return self.unmasked(self.mended(chunk))

    def unmasked(self, mended: str) -> str:
        """A mended chunk of a disguised text, with words for digits and signs alone."""
        return _TOKEN.sub(self._unmask_match, mended)

    def mend(self, text: str) -> str:
        """`text` with contractions written out and every token repaired."""
        chunks = text.replace("\n", _LINE_BREAK).split(" ")
        wrong = self._wrong(set(chunks))
        if not wrong:
            return text
        if _is_disguised(wrong):
            for chunk in set(chunks):
                wrong[chunk] = self.unmasked(wrong.get(chunk, chunk))
        mended = [wrong.get(chunk, chunk) for chunk in chunks]
        return " ".join(mended).replace(_LINE_BREAK, "\n")

    def mend_tracked(self, text: TrackedText) -> TrackedText:
        """The same as `mend`, with the places of characters."""
        chunks = text.text.replace("\n", " ").split(" ")
        wrong = self._wrong(set(chunks))
        if not wrong:
            return text
        disguised = _is_disguised(wrong)
        ends = list(accumulate(map(len, chunks)))
        return text.replaced(
            (ends[place] + place - len(chunk), ends[place] + place, self._tracked(chunk, disguised))
            for place, chunk in enumerate(chunks)
            if disguised or chunk in wrong
        )

    def _tracked(self, chunk: str, disguised: bool) -> TrackedText:
        found = None if disguised else self._mended_tracked.get(chunk)
        if found is None:
            found = TrackedText.of(chunk)
            for pattern, replace in self._disguised if disguised else self._steps:
                found = found.sub(pattern, replace)
            if not disguised and len(chunk) <= _LONGEST_REMEMBERED:
                if len(self._mended_tracked) >= MAXIMUM_REMEMBERED:
                    self._mended_tracked.clear()
                self._mended_tracked[chunk] = found
        return found

    def _wrong(self, chunks: set[str]) -> dict[str, str]:
        """Those of `chunks` that stand for something else, and what for."""
        unsure = chunks - self._sound
        return {chunk: right for chunk in unsure if (right := self._recalled(chunk)) != chunk}

    def _recalled(self, chunk: str) -> str:
        """What a chunk between spaces stands for, remembered unless it is long."""
        mended = self._chunks.get(chunk)
        if mended is None:
            mended = self.mended(chunk)
            if len(chunk) <= _LONGEST_REMEMBERED:
                self._remember(chunk, mended)
        return mended

    def _remember(self, chunk: str, mended: str) -> None:
        if len(self._sound) + len(self._chunks) >= MAXIMUM_REMEMBERED:
            self._sound.clear()
            self._chunks.clear()
        if mended == chunk:
            self._sound.add(chunk)
        else:
            self._chunks[chunk] = mended

    def _repair_match(self, match: re.Match[str]) -> str:
        return self.words.repair(match.group())

    def _unmask_match(self, match: re.Match[str]) -> str:
        """Digits and signs alone as the short word they may stand for."""
        token = match.group()
        if len(token) > SHORTEST or any(map(str.isalpha, token)):
            return token
        alone = "a" if token in ("@", "4") else "i"
        forms = [alone] if len(token) == 1 else letters_for_signs(token)
        return next((form for form in forms if form in self.words.known), token)


def is_disguise(wrong: str, right: str) -> bool:
    """Whether a repair put letters for digits or signs."""
    return (
        any(map(str.isalpha, wrong))
        and right.strip(_PUNCTUATION).isalpha()
        and (any(map(str.isdigit, wrong)) or not _MARKS.isdisjoint(wrong.rstrip(_PUNCTUATION)))
    )


def _is_disguised(repairs: Mapping[str, str]) -> bool:
    """Whether so many repairs put letters for digits that it is the way of the whole text."""
    return sum(map(is_disguise, repairs, repairs.values())) >= DISGUISES
