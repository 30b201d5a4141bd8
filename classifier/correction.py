"""Words as they were meant: slips of typing, digits for letters, stretched and run-together words.

Only what is not a word of the training text is touched, and only when one word of the training
text is plainly meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log
from typing import Final

from classifier.contractions import CONTRACTIONS
from classifier.slips import deletions, ease, letters_for_signs, one_slip, unstretched

MAXIMUM_REMEMBERED: Final = 100_000
"""Repairs remembered at once; all are forgotten when a long job or an attacker fills the memory."""

_LONGEST: Final = 24
SHORTEST: Final = 4
"""Words of fewer letters are hardly corrected."""
_COMMON: Final = 20
"""A word so common that three letters of its four are taken for it."""
_UNKNOWN_LETTER: Final = -15.0
"""The logarithm of the likelihood of a letter that belongs to no known word."""
_SUFFIXES: Final = ("ing", "ed", "es", "er", "ly", "s", "d")


class Corrector:
    """Repairs words against the words of the training text and how often each occurs there."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """Take words in lower case and their counts, which choose between candidates."""
        self._counts = {**dict.fromkeys(CONTRACTIONS, 5), **counts}
        self.known = frozenset(self._counts)
        self._total = sum(self._counts.values()) + 1
        self._longest = max(map(len, self.known), default=0)
        self._memory: dict[str, str] = {}
        self._near: dict[str, list[str]] = {}
        for word in self._counts:
            if len(word) >= SHORTEST and word.isalpha():
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
        stems = (word.removesuffix(end) for end in _SUFFIXES if word.endswith(end))
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
            if plain.isalpha() or len(form) >= SHORTEST + 2:
                yield from self._neighbours(form, contracted="'" in word)

    def _neighbours(self, word: str, *, contracted: bool) -> Iterator[str]:
        """Known words one slip away, likeliest first; the first letter is rarely the slip."""
        if len(word) < SHORTEST - 1 or not word.isalpha():
            return
        forms = self._near.keys() & {word, *deletions(word)}
        near = {one for form in forms for one in self._near[form]}
        found = sorted(
            (one for one in near if one[0] == word[0] and one_slip(word, one)),
            key=lambda one: (
                contracted and one not in CONTRACTIONS,
                -self._counts[one] * ease(word, one),
                one,
            ),
        )
        if len(word) >= SHORTEST:
            yield from found
        elif found and self._counts[found[0]] >= max(
            _COMMON, *(4 * self._counts[one] for one in found[1:2]), 0
        ):
            yield found[0]
