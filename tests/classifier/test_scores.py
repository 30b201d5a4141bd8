from __future__ import annotations

import numpy as np
import pytest

from classifier.labels import INTENTS, TAGS
from classifier.model import Classifier
from classifier.prediction import MessageText
from classifier.reader import Reader
from classifier.routing import tempered
from classifier.scores import allowance, intent_probabilities, score
from classifier.scoring import AdditiveScorer
from classifier.text import NO_SPELLER

_LABELS = len(INTENTS) + len(TAGS)
_SLOPES = np.arange(1, len(TAGS) + 1, dtype=np.float32)
_NO_BIAS = np.zeros(_LABELS, dtype=np.float32)


def _scorer(label: int) -> AdditiveScorer:
    weights = np.zeros((2, _LABELS), dtype=np.float32)
    weights[0, label] = 6.0
    return AdditiveScorer({"fraud": 0, "hello": 1}, weights)


def test_nothing_is_allowed_for_short_mail_and_a_slope_for_each_doubling() -> None:
    taken = allowance(np.array([0, 1, 8, 16, 64]), _SLOPES)
    np.testing.assert_allclose(taken[:3], 0)
    np.testing.assert_allclose(taken[3], _SLOPES)
    np.testing.assert_allclose(taken[4], 3 * _SLOPES)


def test_the_strongest_sentence_counts_less_what_is_allowed() -> None:
    scorer = _scorer(len(INTENTS))
    texts = ["fraud.", "\n".join(["hello."] * 15 + ["fraud."]), "", "hello."]
    reading = Reader(scorer, NO_SPELLER).read([MessageText("", text) for text in texts])
    scores = score(scorer, _NO_BIAS, reading, _SLOPES)
    assert scores.tags[:, 0].tolist() == [6.0, 5.0, -np.inf, 0.0]
    assert reading.counts.tolist() == [1, 16, 0, 1]


def test_what_is_quoted_decides_no_intent_and_sets_tags() -> None:
    for label, routed in ((0, True), (len(INTENTS), False)):
        scorer = _scorer(label)
        messages = [MessageText("hello", "", quoted="fraud"), MessageText("", "fraud")]
        reading = Reader(scorer, NO_SPELLER).read(messages)
        scores = score(scorer, _NO_BIAS, reading, _SLOPES)
        quoted, written = intent_probabilities(reading, scores, _NO_BIAS, 1.0)
        assert (written[0] > quoted[0]) == routed
        assert scores.tags[0, 0] == scores.tags[1, 0]


def test_the_temperature_applies_to_what_all_sentences_agree_on() -> None:
    """As it is fitted: on probabilities that were pooled at temperature 1."""
    scorer = _scorer(0)
    texts = ["fraud.", "fraud.\n\nhello hello hello.\n\nfraud hello.", ""]
    reading = Reader(scorer, NO_SPELLER).read([MessageText("", text) for text in texts])
    scores = score(scorer, _NO_BIAS, reading, _SLOPES)
    plain = intent_probabilities(reading, scores, _NO_BIAS, 1.0)
    for temperature in (0.5, 2.0):
        found = intent_probabilities(reading, scores, _NO_BIAS, temperature)
        np.testing.assert_allclose(found[:2], tempered(plain, temperature)[:2], rtol=1e-5)
        assert found[2].tolist() == plain[2].tolist()


def test_what_is_quoted_asks_for_nothing() -> None:
    wish = TAGS.index("opt_out")
    scorer = _scorer(len(INTENTS) + wish)
    zones = [
        MessageText("hello", "", quoted="fraud"),
        MessageText("fraud", ""),
        MessageText("", ""),
    ]
    reading = Reader(scorer, NO_SPELLER).read([*zones, MessageText("", "", signature="fraud")])
    scores = score(scorer, _NO_BIAS, reading, _SLOPES)
    assert scores.tags[:, wish].tolist() == [0.0, 6.0, -np.inf, -np.inf]


@pytest.mark.parametrize("times", [5, 50])
def test_length_alone_raises_no_tag(classifier: Classifier, times: int) -> None:
    body = "\n".join(["Where is my parcel?", "Thank you for the lovely cups."] * times)
    assert not classifier.classify(MessageText("", body)).tags
