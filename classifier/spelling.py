"""Words as they were meant: slips of typing, digits for letters, stretched and run-together words.

Only what is not a word of the training text is touched, and only when one word of the training
text is plainly meant. Results are remembered per word, so ordinary mail pays one set difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import accumulate
from math import log
from typing import Final

from classifier.slips import deletions, ease, letters_for_signs, one_slip, unstretched
from classifier.tracking import Step, TrackedText

CONTRACTIONS: Final[dict[str, str]] = {
    "dont": "do not",
    "didnt": "did not",
    "doesnt": "does not",
    "havent": "have not",
    "hasnt": "has not",
    "hadnt": "had not",
    "wasnt": "was not",
    "werent": "were not",
    "isnt": "is not",
    "arent": "are not",
    "wont": "will not",
    "cant": "can not",
    "cannot": "can not",
    "couldnt": "could not",
    "wouldnt": "would not",
    "shouldnt": "should not",
    "aint": "is not",
    "im": "i am",
    "ive": "i have",
}
"""Contractions without their apostrophe, and what they stand for in the normal form."""

MAXIMUM_REMEMBERED: Final = 100_000
"""Repairs remembered at once; all are forgotten when a long job or an attacker fills the memory."""

_SUFFIXES: Final[dict[str, str]] = {
    "'ve": " have",
    "'re": " are",
    "'ll": " will",
    "'m": " am",
    "'d": " would",
    "'s": "s",
}
_CONTRACTION: Final = re.compile(
    r"\b(?:(?:do|did|does|have|has|had|was|were|is|are|wo|ca|could|would|should|ai)n'?t|cannot"
    r"|i'?ve|i'?m)\b|(?<=[a-z])'(?:ve|re|ll|m|d|s)\b"
)
_TOKEN: Final = re.compile(r"[a-z0-9@$!|+]+(?:'[a-z0-9@$]+)?")
"""What is repaired as one: letters, and the digits and signs that pass for letters."""

_LONGEST: Final = 24
_LONGEST_REMEMBERED: Final = 40
_SHORTEST_CORRECTED: Final = 4
_COMMON: Final = 20
"""A word so common that three letters of its four are taken for it."""
_UNKNOWN_LETTER: Final = -15.0
"""The logarithm of the likelihood of a letter that belongs to no known word."""
DISGUISES: Final = 3
"""So many words with digits or signs for letters, and runs of digits alone are read as words."""
_SUFFIXES_OF_WORDS: Final = ("ing", "ed", "es", "er", "ly", "s", "d")
_LINE_BREAK: Final = " \n "
"""A line break as a chunk of its own."""
_MARKS: Final = frozenset("@$!|+")
_PUNCTUATION: Final = ".,;:!?()\"'-"


class Speller:
    """Repairs words against the words of the training text and how often each occurs there."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """Take words in lower case and their counts, which choose between candidates."""
        self._counts = {**dict.fromkeys(CONTRACTIONS, 5), **counts}
        self.known = frozenset(self._counts)
        self._total = sum(self._counts.values()) + 1
        self._longest = max(map(len, self.known), default=0)
        self._memory: dict[str, str] = {}
        self._sound: set[str] = set()
        self._chunks: dict[str, str] = {}
        self._mended_tracked: dict[str, TrackedText] = {}
        self._steps: list[Step] = [(_CONTRACTION, _written_out)]
        self._disguised = self._steps
        if counts:
            mend, unmask = (_TOKEN, self._repair_match), (_TOKEN, self._unmask_match)
            self._steps, self._disguised = [*self._steps, mend], [*self._steps, mend, unmask]
        self._near: dict[str, list[str]] = {}
        for word in self._counts:
            if len(word) >= _SHORTEST_CORRECTED and word.isalpha():
                for form in (word, *deletions(word)):
                    self._near.setdefault(form, []).append(word)

    def repair(self, token: str) -> str:
        """What `token`, a run of letters, digits and signs, plainly means; itself when in doubt."""
        found = self._memory.get(token)
        if found is None:
            if len(self._memory) >= MAXIMUM_REMEMBERED:
                self._memory.clear()
            found = self._memory[token] = self._repaired(token)
        return found

    def mended(self, chunk: str) -> str:
        """What a chunk between spaces stands for, where its text is not disguised throughout."""
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
        ends = accumulate(len(chunk) + 1 for chunk in chunks)
        return text.replaced(
            (end - 1 - len(chunk), end - 1, self._tracked(chunk, disguised=disguised))
            for chunk, end in zip(chunks, ends, strict=True)
            if disguised or chunk in wrong
        )

    def _tracked(self, chunk: str, *, disguised: bool) -> TrackedText:
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

    def split(self, letters: str) -> str:
        """The likeliest words that `letters` run together; `letters` when too few are known.

        Words are independent in this model: the product of their shares of the training text.
        Letters of no known word stay together, at most a third of all.
        """
        if letters in self._counts or len(letters) > 200:
            return letters
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(letters) + 1):
            choices = [
                (best[start][0] + log(self._counts[letters[start:end]] / self._total), start)
                for start in range(max(0, end - self._longest), end)
                if letters[start:end] in self._counts
            ]
            best.append(max([*choices, (best[end - 1][0] + _UNKNOWN_LETTER, end - 1)]))
        pieces: list[str] = []
        unknown, end = 0, len(letters)
        was_unknown = False
        while end:
            start = best[end][1]
            piece = letters[start:end]
            is_unknown = piece not in self._counts
            unknown += is_unknown
            if is_unknown and was_unknown:
                pieces[-1] = piece + pieces[-1]
            else:
                pieces.append(CONTRACTIONS.get(piece, piece))
            was_unknown, end = is_unknown, start
        return " ".join(reversed(pieces)) if unknown * 3 <= len(letters) else letters

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
        return self.repair(match.group())

    def _unmask_match(self, match: re.Match[str]) -> str:
        """Digits and signs alone as the short word they may stand for."""
        token = match.group()
        if len(token) > _SHORTEST_CORRECTED or any(map(str.isalpha, token)):
            return token
        alone = "a" if token in ("@", "4") else "i"
        forms = [alone] if len(token) == 1 else letters_for_signs(token)
        return next((form for form in forms if form in self.known), token)

    def _repaired(self, token: str) -> str:
        if token in self.known or len(token) > _LONGEST:
            return token
        word = token.rstrip("!|+")
        tail = token[len(word) :]
        for candidate in self._candidates(word):
            if candidate in self.known or (not word.isalpha() and self._is_inflected(candidate)):
                return CONTRACTIONS.get(candidate, candidate) + tail
        return token

    def _is_inflected(self, word: str) -> bool:
        """Whether `word` is a known word with an ending; enough where letters were disguised."""
        stems = (word.removesuffix(end) for end in _SUFFIXES_OF_WORDS if word.endswith(end))
        return word.isalpha() and any(len(stem) > 3 and stem in self.known for stem in stems)

    def _candidates(self, word: str) -> Iterator[str]:
        plain = word.replace("'", "")
        forms = [plain]
        if not plain.isalpha():
            if plain.isdigit() or len(plain) < 2:
                return
            forms = letters_for_signs(plain)
        yield from forms
        for form in dict.fromkeys(forms):
            yield from unstretched(form)
        for form in dict.fromkeys(forms):
            if plain.isalpha() or len(form) >= _SHORTEST_CORRECTED + 2:
                yield from self._neighbours(form, contracted="'" in word)

    def _neighbours(self, word: str, *, contracted: bool) -> Iterator[str]:
        """Known words one slip away, likeliest first; the first letter is rarely the slip."""
        if len(word) < _SHORTEST_CORRECTED - 1 or not word.isalpha():
            return
        near = {one for form in (word, *deletions(word)) for one in self._near.get(form, ())}
        found = sorted(
            (one for one in near if one[0] == word[0] and one_slip(word, one)),
            key=lambda one: (
                contracted and one not in CONTRACTIONS,
                -self._counts[one] * ease(word, one),
                one,
            ),
        )
        if len(word) >= _SHORTEST_CORRECTED:
            yield from found
        elif found and self._counts[found[0]] >= max(
            _COMMON, *(4 * self._counts[one] for one in found[1:2]), 0
        ):
            yield found[0]


def _written_out(match: re.Match[str]) -> str:
    found = match.group()
    if found in _SUFFIXES:
        return _SUFFIXES[found]
    return CONTRACTIONS[found.replace("'", "")]


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
