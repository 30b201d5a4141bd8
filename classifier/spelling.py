"""Words as they were meant: slips of typing, digits for letters, stretched and run-together words.

Only what is not a word of the training text is touched, and only when one word of the training
text is plainly meant. Results are remembered per word, so ordinary mail pays one set difference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from math import log
from typing import Final

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

Replace = Callable[[re.Match[str]], str]
"""What stands in for a match."""

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
_LEET: Final = (
    str.maketrans("0134578@$!|+", "oleastbasiit"),
    str.maketrans("0134578@$!|+", "oieastbasllt"),
)


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
        self._steps: list[tuple[re.Pattern[str], Replace]] = [(_CONTRACTION, _written_out)]
        if counts:
            self._steps.append((_TOKEN, lambda match: self.repair(match.group())))
        self._near: dict[str, list[str]] = {}
        for word in self._counts:
            if len(word) >= _SHORTEST_CORRECTED and word.isalpha():
                for form in (word, *_deletions(word)):
                    self._near.setdefault(form, []).append(word)

    def repair(self, token: str) -> str:
        """What `token`, a run of letters, digits and signs, plainly means; itself when in doubt."""
        found = self._memory.get(token)
        if found is None:
            if len(self._memory) >= MAXIMUM_REMEMBERED:
                self._memory.clear()
            found = self._memory[token] = self._repaired(token)
        return found

    def mend(self, text: str) -> str:
        """`text` with contractions written out and every token repaired."""
        lines = [line.split(" ") for line in text.split("\n")]
        unsure = set(chain.from_iterable(lines)) - self._sound
        wrong = {chunk: right for chunk in unsure if (right := self._mended(chunk)) != chunk}
        if not wrong:
            return text
        return "\n".join([" ".join([wrong.get(one, one) for one in line]) for line in lines])

    def steps(self, text: str) -> Sequence[tuple[re.Pattern[str], Replace]]:
        """The replacements that, one after the other, do to `text` what `mend` does."""
        return self._steps if self.mend(text) != text else ()

    def split(self, letters: str) -> str:
        """The likeliest words that `letters` run together; `letters` when some are no word.

        Words are independent in this model: the product of their shares of the training text.
        """
        if letters in self._counts or len(letters) > 200:
            return letters
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(letters) + 1):
            choices = [
                (best[start][0] + log(self._counts[letters[start:end]] / self._total), start)
                for start in range(max(0, end - self._longest), end)
                if letters[start:end] in self._counts and best[start][0] > float("-inf")
            ]
            best.append(max(choices, default=(float("-inf"), 0)))
        if best[-1][0] == float("-inf"):
            return letters
        pieces, end = [], len(letters)
        while end:
            start = best[end][1]
            piece = letters[start:end]
            pieces.append(CONTRACTIONS.get(piece, piece))
            end = start
        return " ".join(reversed(pieces))

    def _mended(self, chunk: str) -> str:
        """What a chunk between spaces stands for, remembered unless it is long."""
        mended = self._chunks.get(chunk)
        if mended is None:
            mended = chunk
            for pattern, replace in self._steps:
                mended = pattern.sub(replace, mended)
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

    def _repaired(self, token: str) -> str:
        if token in self.known or len(token) > _LONGEST:
            return token
        word = token.rstrip("!|+")
        tail = token[len(word) :]
        for candidate in self._candidates(word):
            if candidate in self.known:
                return CONTRACTIONS.get(candidate, candidate) + tail
        return token

    def _candidates(self, word: str) -> Iterator[str]:
        plain = [word.replace("'", "")]
        if not plain[0].isalpha():
            if plain[0].isdigit() or len(plain[0]) < 2:
                return
            plain = [plain[0].translate(table) for table in _LEET]
        yield from plain
        for form in dict.fromkeys(plain):
            yield from _unstretched(form)
        for form in dict.fromkeys(plain):
            if word.isalpha() or len(form) >= _SHORTEST_CORRECTED + 2:
                yield from self._neighbours(form)

    def _neighbours(self, word: str) -> Iterator[str]:
        """Known words one slip away, commonest first; the first letter is rarely the slip."""
        if len(word) < _SHORTEST_CORRECTED or not word.isalpha():
            return
        near = {one for form in (word, *_deletions(word)) for one in self._near.get(form, ())}
        found = [one for one in near if one[0] == word[0] and _one_slip(word, one)]
        yield from sorted(found, key=lambda one: (-self._counts[one], one))


def _written_out(match: re.Match[str]) -> str:
    found = match.group()
    if found in _SUFFIXES:
        return _SUFFIXES[found]
    return CONTRACTIONS[found.replace("'", "")]


def _unstretched(word: str) -> Iterator[str]:
    """`word` with its runs of three or more of a letter cut to two, or to one."""
    runs: list[str] = []
    for letter in word:
        if runs and runs[-1][0] == letter:
            runs[-1] += letter
        else:
            runs.append(letter)
    if max(map(len, runs), default=0) < 3:
        return
    for cut in (1, 2):
        yield "".join(run[:cut] if len(run) > 2 else run for run in runs)
    yield "".join(run[0] for run in runs)


def _deletions(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _one_slip(first: str, second: str) -> bool:
    """Whether one letter left out, put in, put wrong, or swapped with its neighbour parts them."""
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    rest, other = first[start:], second[start:]
    return (
        rest[1:] == other[1:]
        or rest[1:] == other
        or rest == other[1:]
        or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )
