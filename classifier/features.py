"""The additive features: every word gives the same features wherever it stands.

A unit of text (a sentence, or several) is the sum of the features of its words and of its pairs of
neighbouring words, divided by the square root of its number of words. Because nothing else of the
unit enters, a linear score is a sum over words: it can be tabled per word and explained per word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import sqrt
from typing import Final

from classifier.text import WRAPPED

SHORTEST, LONGEST = 3, 5
"""Lengths of the character sequences taken inside a word, its boundaries counted as characters."""
MAXIMUM_WORD: Final = 30
"""A longer run of letters is read as several words."""
MAXIMUM_SENTENCE: Final = 40
"""A longer sentence is read in overlapping windows, so that run-on text hides nothing."""

WORD: Final = re.compile(rf"[^\W\d_]{{1,{MAXIMUM_WORD}}}|\d+(?:[.,:]\d+)*")
"""A word of the normal form, in which every digit is an ASCII digit."""
_LONGEST_NUMBER: Final = 16
MAXIMUM_REMEMBERED: Final = 50_000
"""Chunks remembered at once; all are forgotten when a long job or an attacker fills the memory."""
_LONGEST_REMEMBERED: Final = 40
_SENTENCE_END: Final = re.compile(r"[.!?]+[\"')\]]*\Z")


def words(text: str) -> list[str]:
    """The words of a normal form; of a number only its number of digits is kept, as "000"."""
    return [found if found > ":" else word_of(found) for found in WORD.findall(text)]


def word_of(found: str) -> str:
    """The word that stands for a run of letters or digits."""
    if found[0].isdigit():
        return "0" * min(sum(map(str.isdigit, found)), _LONGEST_NUMBER)
    return found


def read_chunk(chunk: str) -> tuple[list[str], bool]:
    """The words of a chunk without a space, and whether a sentence ends after it."""
    return words(chunk), _SENTENCE_END.search(chunk) is not None


def units(text: str) -> list[list[str]]:
    """The sentences of a normal form as lists of words; long ones as overlapping windows.

    They are the sentences of `classifier.text.sentences`, read a chunk between spaces at a time: a
    chunk gives the same words, and ends a sentence or not, wherever it stands.
    """
    sentences: list[list[str]] = []
    unit: list[str] = []
    lines = text.split("\n")
    for line, following in zip(lines, (*lines[1:], ""), strict=True):
        for found, ends in map(_CHUNKS.__getitem__, line.split()):
            unit += found
            if ends:
                sentences.append(unit)
                unit = []
        if unit and (len(line) < WRAPPED or not following):
            sentences.append(unit)
            unit = []
    return [sentence[window] for sentence in sentences for window in windows(len(sentence))]


class _Chunks(dict[str, tuple[list[str], bool]]):
    """The words of a chunk and whether it ends a sentence, worked out on first sight."""

    def __missing__(self, chunk: str) -> tuple[list[str], bool]:
        read = read_chunk(chunk)
        if len(chunk) <= _LONGEST_REMEMBERED:
            if len(self) >= MAXIMUM_REMEMBERED:
                self.clear()
            self[chunk] = read
        return read


_CHUNKS: Final = _Chunks()


def windows(length: int) -> Sequence[slice]:
    """The parts in which a sentence of so many words is read: one, or windows that overlap."""
    if length <= MAXIMUM_SENTENCE:
        return (slice(0, length),) if length else ()
    step = MAXIMUM_SENTENCE // 2
    return [slice(first, first + MAXIMUM_SENTENCE) for first in range(0, length - step, step)]


def word_features(word: str) -> list[tuple[str, float]]:
    """The features of one word and their values: the word itself, and its character sequences."""
    if word[0] == "0":
        return [(word, 1.0)]
    padded = f"<{word}>"
    pieces = [
        f"_{padded[start : start + length]}"
        for length in range(SHORTEST, LONGEST + 1)
        for start in range(len(padded) - length + 1)
    ]
    value = 1.0 / sqrt(max(len(pieces), 1))
    return [(word, 1.0), *((piece, value) for piece in pieces)]


def pair_features(unit: Sequence[str]) -> Iterator[str]:
    """The features of the pairs of neighbouring words, each of value 1."""
    return (f"{first} {second}" for first, second in pairwise(unit))
