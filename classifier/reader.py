"""Reading messages: every zone in normal form, cut into sentences of words.

All chunks of a batch are looked up at once (`classifier.chunks`); the rest is arithmetic on whole
arrays. A chunk of a text between spaces, or a line break; every text is given one at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Final

import numpy as np

from classifier.chunks import CHARACTERS, DIGITS, DISGUISED, FIRST, ITEMS, MENDED, WORDS, ChunkTable
from classifier.features import MAXIMUM_SENTENCE
from classifier.language import (
    LISTED_WIDTH,
    READ,
    language_of_script,
    languages_of_words,
    listed_words,
)
from classifier.prediction import MessageText
from classifier.reading import Reading, Zone
from classifier.scoring import AdditiveScorer
from classifier.sentences import Indices, in_windows, places, sentences_among, wrapped_breaks
from classifier.spelling import DISGUISES, Speller
from classifier.text import plain_form

_LINE_BREAK: Final = " \n "
"""A line break as a chunk of its own."""

Chunks = list[list[str]]
"""The chunks of each text."""


class Reader:
    """Reads messages; remembers the chunks and words that it meets, within bounds."""

    def __init__(self, scorer: AdditiveScorer, speller: Speller) -> None:
        """Take the scorer whose rows stand for words, and what repairs them."""
        self._scorer = scorer
        self._speller = speller
        self._table = ChunkTable(speller, scorer.rows)

    def read(self, messages: Sequence[MessageText]) -> Reading:
        """Bring messages into the form the model reads; the rows hold until the next call."""
        if self._table.full or self._scorer.full:
            self._scorer.forget()
            self._table.forget()
        given = [tuple(message.zones()) for message in messages]
        texts = [plain_form(text, self._speller) for zones in given for _, text in zones]
        chunks = [f"{text}\n".replace("\n", _LINE_BREAK).split(" ")[:-1] for text in texts]
        ends = _sums_before(_counts(map(len, chunks)))
        numbers, columns = self._look_up(chunks, ends)
        totals = np.add.reduceat(columns, ends[:-1], axis=0)
        self._put_right(texts, chunks, numbers, columns, ends)

        counts = columns[:, ITEMS]
        counts[wrapped_breaks(numbers, columns[:, CHARACTERS], ends[1:])] = 0
        items = self._table.items[places(columns[:, FIRST], counts)]
        rows, begins, lengths = sentences_among(items)
        words = _sums_before(totals[:, WORDS])
        sentences = (begins + lengths).searchsorted(words, side="right")
        if len(lengths) and lengths.max() > MAXIMUM_SENTENCE:
            begins, lengths, pieces = in_windows(begins, lengths)
            sentences = _sums_before(pieces)[sentences]
            rows = rows[places(begins, lengths)]

        named = chain.from_iterable(given)
        digits = totals[:, DIGITS].tolist()
        found = iter(
            [
                Zone(*zone, *rest)
                for zone, *rest in zip(named, texts, digits, words[:-1].tolist(), strict=True)
            ]
        )
        zones = [list(islice(found, len(each))) for each in given]
        bounds = _sums_before(_counts(map(len, given)))
        routed = bounds[:-1] + _counts(bool(one.subject) + bool(one.body) for one in messages)
        return Reading(
            zones=zones,
            languages=self._languages(messages, numbers, ends[bounds[:-1]], ends[routed]),
            bounds=sentences[bounds],
            routed=sentences[routed] - sentences[bounds[:-1]],
            rows=rows,
            lengths=lengths,
            begins=begins,
        )

    def _look_up(self, chunks: Chunks, ends: Indices) -> tuple[Indices, Indices]:
        """The number of every chunk, and the columns of what it says."""
        table = self._table
        numbers = table.numbers(chain.from_iterable(chunks), int(ends[-1]))
        columns = table.columns.take(numbers, axis=0)
        disguises = np.add.reduceat(columns[:, DISGUISED], ends[:-1])
        for place in (disguises >= DISGUISES).nonzero()[0].tolist():
            text = slice(ends[place], ends[place + 1])
            if table.columns[np.unique(numbers[text]), DISGUISED].sum() >= DISGUISES:
                numbers[text] = table.unmasked_numbers(chunks[place])
                columns[text] = table.columns.take(numbers[text], axis=0)
        return numbers, columns

    def _put_right(
        self, texts: list[str], chunks: Chunks, numbers: Indices, columns: Indices, ends: Indices
    ) -> None:
        """Mend in place those `chunks` that need it, and their texts with them."""
        mended = columns[:, MENDED].nonzero()[0]
        owners = ends.searchsorted(mended, side="right") - 1
        within = mended - ends[owners]
        for owner, place, number in zip(
            owners.tolist(), within.tolist(), numbers[mended].tolist(), strict=True
        ):
            chunks[owner][place] = self._table.mended[number]
        for owner in np.unique(owners).tolist():
            texts[owner] = " ".join(chunks[owner][:-1]).replace(_LINE_BREAK, "\n")

    def _languages(
        self, messages: Sequence[MessageText], numbers: Indices, begins: Indices, ends: Indices
    ) -> list[str]:
        """The language of each message, whose subject and body are the chunks between two places.

        ASCII texts are told by their chunks; others as they were given, since accents are evidence.
        """
        texts = [f"{one.subject}\n{one.body}".lstrip("\n")[:READ] for one in messages]
        other = [place for place, text in enumerate(texts) if not text.isascii()]
        counts = _counts(text.count(" ") + 2 * text.count("\n") + 1 for text in texts)
        counts = np.minimum(counts, ends - begins)
        listed = np.zeros((len(messages), LISTED_WIDTH), dtype=np.uint64)
        some = counts > 0
        found = self._table.listed[numbers[places(begins, counts)]]
        listed[some] = np.bitwise_or.reduceat(found, _sums_before(counts)[:-1][some], axis=0)
        for place in other:
            listed[place] = listed_words(texts[place])
        languages = languages_of_words(listed)
        for place in other:
            languages[place] = language_of_script(texts[place]) or languages[place]
        return languages


def _counts(counts: Iterable[int]) -> Indices:
    return np.fromiter(counts, dtype=np.int64)


def _sums_before(counts: Indices) -> Indices:
    """The sum of all before each of `counts`, and of all."""
    return np.concatenate([[0], counts.cumsum()])
