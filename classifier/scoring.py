"""The additive model as a table per word: what makes it fast, and what makes it explain itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.features import word_features

MAXIMUM_WORDS: Final = 200_000
"""Words remembered at once; the table is emptied when an attacker or a long job fills it."""


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
        pairs = [(name, row) for name, row in vocabulary.items() if " " in name]
        self._pairs = {tuple(name.split(" ")): index for index, (name, _) in enumerate(pairs)}
        self._pair_rows = weights[[row for _, row in pairs]]
        self._forget()

    def sums(self, units: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """The undivided score sums of `units`, none of them empty: shape (units, labels)."""
        rows: list[int] = []
        starts: list[int] = []
        if len(self._rows) > self._maximum:
            self._forget()
        row_of, pair_of = self._rows.__getitem__, self._pairs.get
        for unit in units:
            starts.append(len(rows))
            try:
                rows.extend(map(row_of, unit))
            except KeyError:
                del rows[starts[-1] :]
                rows.extend([self._row(word) for word in unit])
            rows.extend([pair for pair in map(pair_of, pairwise(unit)) if pair is not None])
        if not units:
            return np.zeros((0, self._weights.shape[1]), dtype=np.float32)
        result: NDArray[np.float32] = np.add.reduceat(self._table[rows], starts, axis=0)
        return result

    def word_scores(self, unit: Sequence[str]) -> NDArray[np.float32]:
        """What each word of `unit` adds to each label's score, pairs shared by their two words."""
        scores = self._table[[self._row(word) for word in unit]].copy()
        for index, (first, second) in enumerate(pairwise(unit)):
            pair = self._pairs.get((first, second))
            if pair is not None:
                scores[index : index + 2] += self._table[pair] / 2
        scores /= np.float32(sqrt(len(unit)))
        return scores

    def knows(self, word: str) -> bool:
        """Whether the training text has the word."""
        return word in self._vocabulary

    def _forget(self) -> None:
        self._rows: dict[str, int] = {}
        self._used = len(self._pairs)
        self._table = np.zeros((self._used + 4096, self._weights.shape[1]), dtype=np.float32)
        self._table[: self._used] = self._pair_rows

    def _row(self, word: str) -> int:
        row = self._rows.get(word)
        if row is None:
            if self._used == len(self._table):
                self._table = np.concatenate([self._table, np.zeros_like(self._table)])
            row = self._rows[word] = self._used
            self._used += 1
            for name, value in word_features(word):
                feature = self._vocabulary.get(name)
                if feature is not None:
                    self._table[row] += self._weights[feature] * np.float32(value)
        return row
