"""The additive model as a table per word: what makes it fast, and what makes it explain itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.features import word_features

MAXIMUM_WORDS: Final = 200_000
"""Words remembered at once; the table is emptied when an attacker or a long job fills it."""
_ROW_BITS: Final = 32
_AT_ONCE: Final = 512
"""Units added up in one go: what it takes of memory stays in the processor's cache."""
_NO_KEY: Final = np.iinfo(np.int64).max


class AdditiveScorer:
    """Scores units of words with one weight per feature and label.

    `weights` is of shape (features, labels). Rows of words are worked out on first sight and kept,
    at most `maximum_words` of them. Not safe for concurrent use by several threads.
    """

    def __init__(
        self,
        vocabulary: dict[str, int],
        weights: NDArray[np.float32],
        *,
        maximum_words: int = MAXIMUM_WORDS,
    ) -> None:
        """Take a vocabulary (feature to row of `weights`) and the weights."""
        self._vocabulary = vocabulary
        self._weights = weights
        self._maximum = maximum_words
        # Rows are set aside for the words of pairs, so that a pair is known by the rows of its
        # words; a row is worked out when its word is first seen, which most never are.
        self._set_aside: dict[str, int] = {}
        place = self._set_aside
        keys = {
            (place.setdefault(first, len(place)) << _ROW_BITS)
            | place.setdefault(second, len(place)): row
            for name, row in vocabulary.items()
            for first, space, second in (name.partition(" "),)
            if space
        }
        ordered = sorted(keys)
        self._pair_keys = np.array([*ordered, _NO_KEY], dtype=np.int64)
        self._pair_rows = np.array([keys[key] for key in ordered], dtype=np.int64)
        self._forget()

    def sums(self, units: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """The undivided score sums of `units`, none of them empty: shape (units, labels)."""
        result = np.empty((len(units), self._weights.shape[1]), dtype=np.float32)
        for first in range(0, len(units), _AT_ONCE):
            block = units[first : first + _AT_ONCE]
            self._add_up(block, result[first : first + _AT_ONCE])
        return result

    def _add_up(self, units: Sequence[Sequence[str]], result: NDArray[np.float32]) -> None:
        if self._used - len(self._set_aside) > self._maximum:
            self._forget()
        flat = list(chain.from_iterable(units))
        try:
            found = list(map(self._rows.__getitem__, flat))
        except KeyError:
            found = [self._row(word) for word in flat]
        rows = np.array(found, dtype=np.int64)
        lengths = np.array(list(map(len, units)), dtype=np.int64)
        starts = lengths.cumsum() - lengths
        words = self._table.take(rows, axis=0)
        places, pairs = self._neighbours(rows, starts)
        words[places] += self._weights.take(pairs, axis=0)
        np.add.reduceat(words, starts, axis=0, out=result)

    def _neighbours(
        self, rows: NDArray[np.int64], starts: NDArray[np.int64]
    ) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Where a known pair of neighbouring words begins, and its row of the weights."""
        keys = (rows[:-1] << _ROW_BITS) | rows[1:]
        keys[starts[1:] - 1] = -1
        places = self._pair_keys.searchsorted(keys)
        known = (self._pair_keys.take(places) == keys).nonzero()[0]
        return known, self._pair_rows[places[known]]

    def word_scores(self, unit: Sequence[str]) -> NDArray[np.float32]:
        """What each word of `unit` adds to each label's score, pairs shared by their two words."""
        scores = self._table[[self._row(word) for word in unit]]
        named = enumerate(f"{first} {second}" for first, second in pairwise(unit))
        places = [place for place, name in named if name in self._vocabulary]
        if places:
            pairs = [self._vocabulary[f"{unit[place]} {unit[place + 1]}"] for place in places]
            shares = self._weights[pairs] / 2
            first = np.array(places)
            scores[first + 1] += shares
            scores[first] += shares
        scores /= np.float32(sqrt(len(unit)))
        return scores

    def knows(self, word: str) -> bool:
        """Whether the training text has the word."""
        return word in self._vocabulary

    def _forget(self) -> None:
        self._rows: dict[str, int] = {}
        self._used = len(self._set_aside)
        self._table = self._empty_rows(max(4096, 2 * self._used))

    def _empty_rows(self, count: int) -> NDArray[np.float32]:
        return np.zeros((count, self._weights.shape[1]), dtype=np.float32)

    def _row(self, word: str) -> int:
        row = self._rows.get(word)
        if row is None:
            row = self._set_aside.get(word, self._used)
            if row == self._used:
                self._used += 1
                if row == len(self._table):
                    self._table = np.concatenate([self._table, self._empty_rows(row)])
            self._rows[word] = row
            known = [
                (feature, value)
                for name, value in word_features(word)
                if (feature := self._vocabulary.get(name)) is not None
            ]
            if known:
                features, values = zip(*known, strict=True)
                weights = self._weights[list(features)]
                weights *= np.array(values, dtype=np.float32)[:, None]
                # One after the other: a pairwise sum would round otherwise for long words.
                self._table[row] = np.add.accumulate(weights, axis=0)[-1]
        return row
