"""A fixed map from pairs of rows to rows that answers for many pairs at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

NO_PAIR: Final = -1
"""A key that stands for no pair."""
_ROW_BITS: Final = 32
_MULTIPLIER: Final = np.uint64(0x9E37_79B9_7F4A_7C15)
"""2 to the 64th over the golden ratio (Knuth, The Art of Computer Programming 3, 6.4)."""


class PairTable:
    """Pairs by multiplicative hashing; those whose slot is taken are kept sorted and apart."""

    def __init__(self, pairs: Mapping[tuple[int, int], int], absent: int) -> None:
        """Take what each pair of rows maps to, and what all others do; rows are below 2 ** 31."""
        count = len(pairs)
        rows = np.array(list(pairs), dtype=np.int64).reshape(count, 2)
        keys = keys_of(rows[:, 0], rows[:, 1])
        values = np.fromiter(pairs.values(), dtype=np.int64, count=count)
        self._shift = np.uint64(64 - max(4 * count, 2).bit_length())
        self._keys = np.full(1 << (64 - int(self._shift)), NO_PAIR, dtype=np.int64)
        self._values = np.full(len(self._keys), absent, dtype=np.int64)
        slots, first = np.unique(self._slots(keys), return_index=True)
        self._keys[slots], self._values[slots] = keys[first], values[first]
        rest = np.delete(np.arange(count), first)
        rest = rest[keys[rest].argsort()]
        self._other_keys = np.append(keys[rest], np.iinfo(np.int64).max)
        self._other_values = np.append(values[rest], absent)
        self._absent = absent

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """What each of `keys` maps to."""
        slots = self._slots(keys)
        found = self._keys.take(slots)
        values = self._values.take(slots)
        taken = ((found != keys) & (found != NO_PAIR)).nonzero()[0]
        wanted = keys[taken]
        places = self._other_keys.searchsorted(wanted)
        same = self._other_keys[places] == wanted
        values[taken] = np.where(same, self._other_values[places], self._absent)
        return values

    def _slots(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        return ((keys.view(np.uint64) * _MULTIPLIER) >> self._shift).view(np.int64)


def keys_of(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """The keys of pairs of rows."""
    keys: NDArray[np.int64] = (first << _ROW_BITS) | second
    return keys
