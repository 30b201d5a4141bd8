"""The features of many new words at once: their pieces are looked up in step, on whole arrays.

`classifier.features.word_features` says the same of one word; the tests hold them equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.features import LONGEST, SHORTEST
from classifier.pairs import PairTable, keys_of

Indices = NDArray[np.int64]

_ROOT: Final = 0
_NO_FEATURE: Final = -1


class WordFeatures(NamedTuple):
    """The known features of some words, one word's after the other's, and how many each has."""

    features: Indices
    values: NDArray[np.float32]
    counts: Indices


class PieceTable:
    """The pieces of a vocabulary as a trie: from a state, the next letter leads to a state."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        """Take the names of features, of which those of pieces begin with `_`, and their rows."""
        self._vocabulary = vocabulary
        pieces = [(name[1:], row) for name, row in vocabulary.items() if name.startswith("_")]
        letters = np.array([piece for piece, _ in pieces], dtype=f"U{LONGEST}")
        codes = letters.view(np.uint32).reshape(len(pieces), LONGEST).astype(np.int64)
        rows = np.array([row for _, row in pieces], dtype=np.int64)
        states = np.full(len(pieces), _ROOT, dtype=np.int64)
        steps: dict[tuple[int, int], int] = {}
        features = [np.array([_NO_FEATURE])]
        count = 1
        for depth in range(LONGEST if pieces else 0):
            keys, places = np.unique(keys_of(states, codes[:, depth]), return_inverse=True)
            first, letter = keys >> 32, keys & 0xFFFF_FFFF
            reached = count + np.arange(len(keys))
            steps.update(
                zip(
                    zip(first.tolist(), letter.tolist(), strict=True), reached.tolist(), strict=True
                )
            )
            states = reached[places]
            ending = (
                codes[:, depth + 1] == 0 if depth + 1 < LONGEST else np.ones_like(rows, dtype=bool)
            )
            found = np.full(len(keys), _NO_FEATURE)
            found[places[ending]] = rows[ending]
            features.append(found)
            count += len(keys)
            codes, rows, states = codes[~ending], rows[~ending], states[~ending]
        self._dead = count
        self._steps = PairTable(steps, absent=count)
        self._features = np.concatenate([*features, [_NO_FEATURE]])

    def features_of(self, words: Sequence[str]) -> WordFeatures:
        """The features of `words` in the order of `word_features`; unknown ones are left out."""
        whole = np.fromiter((self._vocabulary.get(word, _NO_FEATURE) for word in words), np.int64)
        lettered = np.fromiter((word[0] != "0" for word in words), bool).nonzero()[0]
        text = "".join([f"<{words[place]}>" for place in lettered.tolist()])
        codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
        lengths = np.fromiter((len(words[place]) + 2 for place in lettered.tolist()), np.int64)
        owners = np.repeat(lettered, lengths)
        left = np.repeat(lengths.cumsum(), lengths) - np.arange(len(codes))
        places = np.arange(len(codes))
        states = np.full(len(codes), _ROOT)
        known = (whole != _NO_FEATURE).nonzero()[0]
        found, found_in = [whole[known]], [known]
        for depth in range(LONGEST):
            states = self._steps.find(keys_of(states, codes[places + depth]))
            if depth + 1 >= SHORTEST:
                features = self._features[states]
                kept = features != _NO_FEATURE
                found.append(features[kept])
                found_in.append(owners[places[kept]])
            alive = (states != self._dead) & (left[places] > depth + 1)
            places, states = places[alive], states[alive]
        features, word_of = np.concatenate(found), np.concatenate(found_in)
        values = np.ones(len(features), dtype=np.float32)
        values[len(known) :] = _values(words)[word_of[len(known) :]]
        order = word_of.argsort(kind="stable")
        counts = np.bincount(word_of, minlength=len(words))
        return WordFeatures(features[order], values[order], counts)


def _values(words: Sequence[str]) -> NDArray[np.float32]:
    """The value of each piece of each word: all pieces count, known or not."""
    lengths = np.fromiter(map(len, words), np.int64) + 2
    pieces = sum(np.maximum(lengths - size + 1, 0) for size in range(SHORTEST, LONGEST + 1))
    values: NDArray[np.float32] = (1.0 / np.sqrt(np.maximum(pieces, 1))).astype(np.float32)
    return values
