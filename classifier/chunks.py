"""What each chunk of text between spaces says, worked out on first sight and kept in columns.

A chunk says the same wherever it stands: how it is meant to be spelt, its words, whether a sentence
ends after it, and how many digits it has. So a text is read by looking its chunks up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from classifier.cards import count_digits
from classifier.features import read_chunk
from classifier.language import LISTED_WIDTH, listed_words
from classifier.spelling import Speller, is_disguise

SENTENCE_END: Final = -1
"""Among the items of a chunk: a sentence ends here. Every other item is the row of a word."""
LINE_BREAK: Final = 0
"""The number of a line break, which is a chunk of its own."""
FIRST, ITEMS, CHARACTERS, WORDS, MENDED, DISGUISED, DIGITS = range(7)
"""Columns: place of the first item and number of items, numbers of characters and of words, whether
the chunk was mended, whether letters were disguised in it, number of digits."""

Number = TypeVar("Number", np.int64, np.uint64)

MAXIMUM_CHUNKS: Final = 150_000
MAXIMUM_CHARACTERS: Final = 4_000_000
"""Chunks and their characters remembered at once; when a long job or an attacker fills the memory,
all are forgotten."""


class ChunkTable:
    """Chunks of lower-case text to numbers, and numbers to what the chunks say.

    `row_of` gives the row of a word in the table of scores. `numbers[chunk]` never fails.
    """

    def __init__(
        self,
        speller: Speller,
        row_of: Callable[[str], int],
        *,
        maximum_chunks: int = MAXIMUM_CHUNKS,
    ) -> None:
        """Take a speller and the table's words; remember at most about `maximum_chunks`."""
        self._speller = speller
        self._row_of = row_of
        self._maximum = maximum_chunks
        self.forget()

    @property
    def full(self) -> bool:
        """Whether it is time to forget."""
        return len(self.mended) > self._maximum or self._characters > MAXIMUM_CHARACTERS

    def forget(self) -> None:
        """Forget every chunk; all numbers given out before are void."""
        self.numbers = _Numbers(self._read)
        """Chunk to number."""
        self.unmasked = _Numbers(self._read_unmasked)
        """The same where digits and signs alone stand for letters too."""
        self.mended: list[str] = []
        """Number to the chunk as it is meant to be spelt."""
        self.columns = np.zeros((4096, DIGITS + 1), dtype=np.int64)
        """Number to what the chunk says: shape (at least the numbers given out, columns)."""
        self.items = np.zeros(8192, dtype=np.int64)
        """Items of all chunks, one chunk's after the other's."""
        self.listed = np.zeros((4096, LISTED_WIDTH), dtype=np.uint64)
        """Number to the function words in the chunk (`classifier.language.listed_words`)."""
        self._items = self._characters = 0
        line_break = self._add("\n", [SENTENCE_END])
        assert line_break == LINE_BREAK
        self.numbers["\n"] = self.unmasked["\n"] = line_break

    def _read(self, chunk: str) -> int:
        return self._take_in(chunk, self._speller.mended(chunk))

    def _read_unmasked(self, chunk: str) -> int:
        return self._take_in(chunk, self._speller.unmasked(self._speller.mended(chunk)))

    def _take_in(self, chunk: str, mended: str) -> int:
        items: list[int] = []
        for piece in mended.split():
            words, ends = read_chunk(piece)
            items += map(self._row_of, words)
            if ends:
                items.append(SENTENCE_END)
        number = self._add(mended, items)
        self._characters += len(chunk)
        self.listed[number] = listed_words(chunk)
        if mended != chunk:
            self.columns[number, [MENDED, DISGUISED]] = 1, is_disguise(chunk, mended)
        return number

    def _add(self, mended: str, items: Sequence[int]) -> int:
        number, first = len(self.mended), self._items
        self.mended.append(mended)
        self._items += len(items)
        self.columns = _roomy(self.columns, number + 1)
        self.listed = _roomy(self.listed, number + 1)
        self.items = _roomy(self.items, self._items)
        self.items[first : self._items] = items
        words = len(items) - items.count(SENTENCE_END)
        digits = count_digits(mended)
        self.columns[number] = first, len(items), len(mended), words, False, False, digits
        return number


class _Numbers(dict[str, int]):
    """Chunks to numbers; what is not there yet is read."""

    def __init__(self, read: Callable[[str], int]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, chunk: str) -> int:
        number = self[chunk] = self._read(chunk)
        return number


def _roomy(array: NDArray[Number], length: int) -> NDArray[Number]:
    """`array`, or one with more room where it is shorter than `length`."""
    while len(array) < length:
        array = np.concatenate([array, np.zeros_like(array)])
    return array
