"""What each chunk of text between spaces says, worked out on first sight and kept in columns.

A chunk says the same wherever it stands: how it is meant to be spelt, its words, whether a sentence
ends after it, and how many digits it has. So a text is read by looking its chunks up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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

_UNMASKED: Final = " "
"""Before a chunk: its name where the text is disguised throughout. No chunk has a space."""

Number = TypeVar("Number", np.int64, np.uint64)

MAXIMUM_CHUNKS: Final = 150_000
MAXIMUM_CHARACTERS: Final = 4_000_000
"""Chunks and their characters remembered at once; when a long job or an attacker fills the memory,
all are forgotten."""


class ChunkTable:
    """Chunks of lower-case text to numbers, and numbers to what the chunks say.

    `rows_of` gives the rows of words in the table of scores. New chunks are numbered as they are
    met, and read all at once.
    """

    def __init__(
        self,
        speller: Speller,
        rows_of: Callable[[Sequence[str]], NDArray[np.int64]],
        *,
        maximum_chunks: int = MAXIMUM_CHUNKS,
    ) -> None:
        """Take a speller and the table's words; remember at most about `maximum_chunks`."""
        self._speller = speller
        self._rows_of = rows_of
        self._maximum = maximum_chunks
        self.forget()

    @property
    def full(self) -> bool:
        """Whether it is time to forget."""
        return len(self.mended) > self._maximum or self._characters > MAXIMUM_CHARACTERS

    def forget(self) -> None:
        """Forget every chunk; all numbers given out before are void."""
        self._numbers = _Numbers()
        self.mended: list[str] = []
        """Number to the chunk as it is meant to be spelt."""
        self.columns = np.zeros((4096, DIGITS + 1), dtype=np.int64)
        """Number to what the chunk says: shape (at least the numbers given out, columns)."""
        self.items = np.zeros(8192, dtype=np.int64)
        """Items of all chunks, one chunk's after the other's."""
        self.listed = np.zeros((4096, LISTED_WIDTH), dtype=np.uint64)
        """Number to the function words in the chunk (`classifier.language.listed_words`)."""
        self._items = self._characters = 0
        self._numbers |= {"\n": LINE_BREAK, f"{_UNMASKED}\n": LINE_BREAK}
        self.columns[LINE_BREAK, [ITEMS, CHARACTERS]] = 1
        self.items[0] = SENTENCE_END
        self._keep(["\n"], items=1)

    def numbers(self, chunks: Iterable[str], count: int) -> NDArray[np.int64]:
        """The numbers of so many `chunks` of text that is not disguised throughout."""
        found = np.fromiter(map(self._numbers.__getitem__, chunks), np.int64, count)
        if self._numbers.new:
            self._read(self._numbers.new)
        return found

    def unmasked_numbers(self, chunks: Sequence[str]) -> NDArray[np.int64]:
        """The same where digits and signs alone stand for letters too."""
        return self.numbers(map(_UNMASKED.__add__, chunks), len(chunks))

    def _read(self, new: Sequence[str]) -> None:
        """Find out what new chunks say."""
        chunks = [chunk.removeprefix(_UNMASKED) for chunk in new]
        mended = [
            self._speller.mended(chunk) if name == chunk else self._speller.disguised(chunk)
            for name, chunk in zip(new, chunks, strict=True)
        ]
        words: list[str] = []
        spoken: list[bool] = []
        ends = np.zeros((2, len(new) + 1), dtype=np.int64)
        for place, text in enumerate(mended, start=1):
            for piece in text.split():
                found, ends_sentence = read_chunk(piece)
                words += found
                spoken += [True] * len(found)
                if ends_sentence:
                    spoken.append(False)
            ends[:, place] = len(spoken), len(words)
        first, last = len(self.mended), len(self.mended) + len(new)
        self.columns = _roomy(self.columns, last)
        self.listed = _roomy(self.listed, last)
        self.items = _roomy(self.items, self._items + len(spoken))
        items = self.items[self._items : self._items + len(spoken)]
        items[:] = SENTENCE_END
        items[np.array(spoken, dtype=bool)] = self._rows_of(words)
        columns = self.columns[first:last].T
        columns[FIRST] = self._items + ends[0, :-1]
        columns[[ITEMS, WORDS]] = np.diff(ends)
        columns[CHARACTERS] = list(map(len, mended))
        columns[DIGITS] = list(map(count_digits, mended))
        for place, (chunk, text) in enumerate(zip(chunks, mended, strict=True)):
            self.listed[first + place] = listed_words(chunk)
            if text != chunk:
                columns[[MENDED, DISGUISED], place] = True, is_disguise(chunk, text)
        self._characters += sum(map(len, chunks))
        self._keep(mended, items=len(spoken))

    def _keep(self, mended: Sequence[str], *, items: int) -> None:
        self.mended += mended
        self._items += items
        self._numbers.taken, self._numbers.new = len(self.mended), []


class _Numbers(dict[str, int]):
    """Names of chunks to numbers: `taken` are read, those of `new` ones follow."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0
        self.new: list[str] = []

    def __missing__(self, name: str) -> int:
        number = self[name] = self.taken + len(self.new)
        self.new.append(name)
        return number


def _roomy(array: NDArray[Number], length: int) -> NDArray[Number]:
    """`array`, or one with more room where it is shorter than `length`."""
    while len(array) < length:
        array = np.concatenate([array, np.zeros_like(array)])
    return array
