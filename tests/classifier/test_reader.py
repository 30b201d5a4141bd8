from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.cards import count_digits
from classifier.chunks import ChunkTable
from classifier.features import units, words
from classifier.language import recognise_language
from classifier.prediction import MessageText
from classifier.reader import Reader
from classifier.reading import Reading
from classifier.scoring import AdditiveScorer
from classifier.spelling import Speller
from classifier.text import normal_form

_COUNTS = {"stolen": 9, "card": 9, "payment": 9, "my": 9, "it": 9, "is": 9, "the": 9, "i": 9}
_SPELLER = Speller(_COUNTS)
_CHUNKS = st.sampled_from(
    [
        *("my", "Card", "st0len", "p4yment.", "c4rd!", "15", "17", "don't", "I'm", "teh", "", "-"),
        *(
            "one.two",
            "three?",
            "4111",
            '"stop."',
            "e.g.",
            "\u200b",
            "café",
            "gr\u00fc\u00df",
            "a" * 35,
        ),
        *(
            "stop.\tmy",
            "card\r",
            "x\u2028y",
            "&amp;",
            "s t o l e n",
            "word " * 45,
            "long line " * 6,
        ),
    ]
)
_TEXTS = st.one_of(
    st.lists(st.tuples(_CHUNKS, st.sampled_from([" ", "  ", "\n", "\n\n"])), max_size=25).map(
        lambda pieces: "".join(map("".join, pieces))
    ),
    st.text(max_size=60),
)
_MESSAGES = st.lists(st.builds(MessageText, _TEXTS, _TEXTS, _TEXTS, _TEXTS), max_size=5)


class _Words:
    """A scorer that scores nothing, and what its rows stand for."""

    def __init__(self) -> None:
        self.scorer = AdditiveScorer({}, np.zeros((0, 1), dtype=np.float32))
        self.reader = Reader(self.scorer, _SPELLER)

    def sentences(self, reading: Reading, message: int) -> list[list[str]]:
        found = []
        for sentence in range(*reading.sentences(message).indices(len(reading.lengths))):
            zone, within = reading.place(message, sentence)
            unit = words(zone.normal)[within]
            rows = self.scorer.rows(unit).tolist()
            assert reading.rows_of(sentence).tolist() == rows
            found.append(unit)
        return found


_WORDS = _Words()


@given(_MESSAGES)
def test_all_at_once_is_read_as_one_by_one(messages: list[MessageText]) -> None:
    reading = _WORDS.reader.read(messages)
    for place, message in enumerate(messages):
        zones = list(message.zones())
        normal = [normal_form(text, _SPELLER) for _, text in zones]
        assert [(zone.name, zone.original) for zone in reading.zones[place]] == zones
        assert [zone.normal for zone in reading.zones[place]] == normal
        assert [zone.digits for zone in reading.zones[place]] == list(map(count_digits, normal))
        expected = [unit for text in normal for unit in units(text)]
        assert _WORDS.sentences(reading, place) == expected
        routed = [
            unit
            for (name, _), text in zip(zones, normal, strict=True)
            for unit in (units(text) if name in ("subject", "body") else ())
        ]
        assert reading.routed[place] == len(routed)


@given(_MESSAGES, _MESSAGES)
def test_a_message_is_read_alike_in_any_company(
    messages: list[MessageText], others: list[MessageText]
) -> None:
    together = _WORDS.reader.read([*others, *messages])
    for place, message in enumerate(messages, start=len(others)):
        alone = _WORDS.reader.read([message])
        assert together.languages[place] == alone.languages[0]
        assert _WORDS.sentences(together, place) == _WORDS.sentences(alone, 0)


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order? It was to come on Monday, and I have not had it yet.",
        "Wo ist meine Bestellung?\nIch warte auf die Lieferung, bitte!",
        "Où est ma commande ? Elle n'est pas arrivée.",
        "Dónde está mi pedido? No lo he recibido",
        "Где мой заказ?",
        "xyz",
        "",
        "the " * 200 + "der die das und ich nicht ist ein eine zu mit den von sie wir auf " * 3,
    ],
)
def test_the_language_is_that_of_the_text_as_given(text: str) -> None:
    (found,) = _WORDS.reader.read([MessageText("", text)]).languages
    assert found == recognise_language(text)
    quoted = MessageText("", text, quoted="Wo ist denn meine Bestellung geblieben?")
    assert _WORDS.reader.read([quoted]).languages == [found]


def test_what_is_disguised_throughout_is_read_with_words_for_digits() -> None:
    text = "my c4rd p4ym3nt 17 15 st0l3n 4711"
    (zones,) = _WORDS.reader.read([MessageText("", f"{text}\n\n{text}")]).zones
    once = "my card payment it is stolen 4711"
    assert zones[0].normal == f"{once}\n\n{once}"
    (zones,) = _WORDS.reader.read([MessageText("", "my c4rd 15 c4rd st0l3n c4rd")]).zones
    assert zones[0].normal == "my card 15 card stolen card"


@settings(max_examples=30)
@given(st.lists(_MESSAGES, min_size=2, max_size=4), st.integers(0, 6))
def test_little_memory_changes_nothing(batches: Sequence[list[MessageText]], maximum: int) -> None:
    weights = np.arange(20, dtype=np.float32).reshape(10, 2)
    vocabulary = {name: row for row, name in enumerate([*_COUNTS, "my card", "the card"])}
    forgetful = AdditiveScorer(vocabulary, weights, maximum_words=maximum)
    other = AdditiveScorer(vocabulary, weights)
    reader, keeping = Reader(forgetful, _SPELLER), Reader(other, _SPELLER)
    for messages in batches:
        found, kept = reader.read(messages), keeping.read(messages)
        np.testing.assert_array_equal(
            forgetful.row_sums(found.rows, found.lengths), other.row_sums(kept.rows, kept.lengths)
        )


def test_chunks_are_forgotten_when_there_are_too_many() -> None:
    rows = AdditiveScorer({}, np.zeros((0, 1), dtype=np.float32)).rows
    table = ChunkTable(_SPELLER, rows, maximum_chunks=3)
    numbers = table.numbers(["a.", "b", "a.", "c"], 4)
    assert numbers[0] == numbers[2]
    assert table.full
    table.forget()
    assert not table.full
    assert table.mended == ["\n"]
