"""The additive model as a table per word: what makes it fast, and what makes it explain itself."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.pairs import NO_PAIR, PairTable, keys_of
from classifier.pieces import PieceTable

MAXIMUM_WORDS: Final = 200_000
"""Words remembered at once; the table is emptied when an attacker or a long job fills it."""
_AT_ONCE: Final = 512
"""Units added up in one go: what it takes of memory stays in the processor's cache."""
_NEW_AT_ONCE: Final = 4096
"""New words worked out in one go, so that memory stays bounded."""
_ONE_UNIT: Final = np.zeros(1, dtype=np.int64)


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
        self._pieces = PieceTable(vocabulary)
        self._weights = weights
        self._maximum = maximum_words
        # Rows are set aside for the words of pairs, so that a pair is known by the rows of its
        # words; a row is worked out when its word is first seen, which most never are.
        self._set_aside: dict[str, int] = {}
        place = self._set_aside
        pairs = {
            (place.setdefault(first, len(place)), place.setdefault(second, len(place))): row
            for name, row in vocabulary.items()
            if " " in name
            for first, _, second in (name.partition(" "),)
        }
        self._pairs = PairTable(pairs, absent=len(weights))
        # A last row of nothing, for pairs that are not known.
        self._pair_weights = np.concatenate([weights, np.zeros_like(weights[:1])])
        self.forget()

    @property
    def full(self) -> bool:
        """Whether it is time to forget."""
        return self._used - len(self._set_aside) > self._maximum

    def forget(self) -> None:
        """Forget every word; all rows given out before are void."""
        self._rows: dict[str, int] = {}
        self._used = len(self._set_aside)
        self._table = self._empty_rows(max(4096, 2 * self._used))

    def sums(self, units: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """The undivided score sums of `units` of words, none empty: shape (units, labels)."""
        rows = self.rows([word for unit in units for word in unit])
        return self.row_sums(rows, np.array(list(map(len, units)), dtype=np.int64))

    def row_sums(self, rows: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.float32]:
        """The same of words given by their rows, one unit after the other, and units' lengths."""
        result = np.empty((len(lengths), self._weights.shape[1]), dtype=np.float32)
        ends = lengths.cumsum()
        for first in range(0, len(lengths), _AT_ONCE):
            last = min(first + _AT_ONCE, len(lengths))
            begin = ends[first] - lengths[first]
            starts = ends[first:last] - lengths[first:last] - begin
            self._add_up(rows[begin : ends[last - 1]], starts, result[first:last])
        return result

    def _add_up(
        self, rows: NDArray[np.int64], starts: NDArray[np.int64], result: NDArray[np.float32]
    ) -> None:
        words = self._table.take(rows, axis=0)
        words[:-1] += self._pair_weights.take(self._neighbours(rows, starts), axis=0)
        np.add.reduceat(words, starts, axis=0, out=result)

    def _neighbours(self, rows: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of the weights of each word and the next."""
        keys = keys_of(rows[:-1], rows[1:])
        keys[starts[1:] - 1] = NO_PAIR
        return self._pairs.find(keys)

    def word_scores(self, rows: NDArray[np.int64], label: int) -> NDArray[np.float32]:
        """What each word of a unit adds to a label's score, pairs shared by their two words."""
        scores: NDArray[np.float32] = self._table[rows, label]
        shares = self._pair_weights[self._neighbours(rows, _ONE_UNIT), label] / 2
        scores[1:] += shares
        scores[:-1] += shares
        scores /= np.float32(sqrt(len(rows)))
        return scores

    def _empty_rows(self, count: int) -> NDArray[np.float32]:
        return np.zeros((count, self._weights.shape[1]), dtype=np.float32)

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The rows of the table that hold what each of `words` adds to every score."""
        new = [word for word in dict.fromkeys(words) if word not in self._rows]
        for first in range(0, len(new), _NEW_AT_ONCE):
            self._work_out(new[first : first + _NEW_AT_ONCE])
        return np.fromiter(map(self._rows.__getitem__, words), np.int64, len(words))

    def _work_out(self, words: Sequence[str]) -> None:
        rows = [self._row_for(word) for word in words]
        while self._used > len(self._table):
            self._table = np.concatenate([self._table, self._empty_rows(len(self._table))])
        features, values, counts = self._pieces.features_of(words)
        longest_first = (-counts).argsort(kind="stable")
        firsts = (counts.cumsum() - counts)[longest_first]
        having = len(words) - np.sort(counts).searchsorted(np.arange(counts.max()), side="right")
        sums = self._empty_rows(len(words))
        # One feature of each word after the other: what a word adds up to, to the last bit, does
        # not depend on the words beside it.
        for place, count in enumerate(having.tolist()):
            chosen = firsts[:count] + place
            sums[:count] += self._weights[features[chosen]] * values[chosen, None]
        self._table[np.array(rows)[longest_first]] = sums
        self._rows.update(zip(words, rows, strict=True))

    def _row_for(self, word: str) -> int:
        row = self._set_aside.get(word, self._used)
        self._used += row == self._used
        return row
