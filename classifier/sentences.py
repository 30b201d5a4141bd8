"""Where sentences begin and end in the chunks of many texts at once: arithmetic on whole arrays.

`classifier.features.units` says the same of one text, a word at a time; the tests hold them equal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifier.chunks import LINE_BREAK, SENTENCE_END
from classifier.features import MAXIMUM_SENTENCE, windows
from classifier.text import WRAPPED

Indices = NDArray[np.int64]


def wrapped_breaks(numbers: Indices, lengths: Indices, ends: Indices) -> Indices:
    """The places, among the `numbers` of chunks, of line breaks that end no sentence.

    `lengths` are the chunks' numbers of characters. Every text ends with a line break, which ends a
    sentence; `ends` are the places after them.
    """
    breaks = (numbers == LINE_BREAK).nonzero()[0]
    characters = (lengths + 1).cumsum()
    line = characters[breaks - 1] - 1
    line[1:] -= characters[breaks[:-1]]
    wrapped = line >= WRAPPED
    wrapped[:-1] &= line[1:] > 0
    wrapped[breaks.searchsorted(ends - 1)] = False
    found: Indices = breaks[wrapped]
    return found


def sentences_among(items: Indices) -> tuple[Indices, Indices, Indices]:
    """The words among the items of chunks; of each sentence, its first word and number of words."""
    ending = items == SENTENCE_END
    ends = ending.nonzero()[0]
    ends -= np.arange(len(ends))
    begins = np.zeros_like(ends)
    begins[1:] = ends[:-1]
    lengths = ends - begins
    spoken = lengths > 0
    return items[~ending], begins[spoken], lengths[spoken]


def in_windows(begins: Indices, lengths: Indices) -> tuple[Indices, Indices, Indices]:
    """Sentences with windows for the long ones, and how many each sentence has become."""
    pieces = np.ones_like(lengths)
    parts: list[tuple[Indices, Indices]] = []
    done = 0
    for sentence in (lengths > MAXIMUM_SENTENCE).nonzero()[0].tolist():
        begin, length = int(begins[sentence]), int(lengths[sentence])
        found = [window.indices(length)[:2] for window in windows(length)]
        first, last = np.array(found, dtype=np.int64).T
        parts += ((begins[done:sentence], lengths[done:sentence]), (begin + first, last - first))
        pieces[sentence] = len(found)
        done = sentence + 1
    parts.append((begins[done:], lengths[done:]))
    return (
        np.concatenate([begin for begin, _ in parts]),
        np.concatenate([length for _, length in parts]),
        pieces,
    )


def places(firsts: Indices, counts: Indices) -> Indices:
    """For each of `firsts` the so many places that begin there, one run after the other."""
    ends = counts.cumsum()
    found: Indices = np.repeat(firsts - (ends - counts), counts)
    found += np.arange(len(found))
    return found
