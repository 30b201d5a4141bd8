from __future__ import annotations

from itertools import pairwise
from math import sqrt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifier.features import word_features
from classifier.scoring import AdditiveScorer

_WORDS = ["card", "my", "stolen", "parcel", "000"]
_NAMES = [*_WORDS, "_<ca", "_ard", "my card", "card my", "stolen card", "my my"]
_VOCABULARY = {name: row for row, name in enumerate(_NAMES)}
_WEIGHTS = np.random.default_rng(4).normal(size=(len(_NAMES), 3)).astype(np.float32)
_UNITS = st.lists(
    st.lists(st.sampled_from([*_WORDS, "unseen"]), min_size=1, max_size=6), max_size=6
)


def _sum(unit: list[str]) -> np.ndarray:
    total = np.zeros(3)
    for word in unit:
        for name, value in word_features(word):
            if name in _VOCABULARY:
                total += _WEIGHTS[_VOCABULARY[name]] * value
    for first, second in pairwise(unit):
        if f"{first} {second}" in _VOCABULARY:
            total += _WEIGHTS[_VOCABULARY[f"{first} {second}"]]
    return total


@given(st.lists(_UNITS, min_size=1, max_size=3), st.integers(0, 8))
def test_sums_are_those_of_the_features_however_little_is_remembered(
    batches: list[list[list[str]]], maximum: int
) -> None:
    scorer = AdditiveScorer(_VOCABULARY, _WEIGHTS, maximum_words=maximum)
    for units in batches:
        if scorer.full:
            scorer.forget()
            assert not scorer.full
        expected = np.array([_sum(unit) for unit in units]).reshape(len(units), 3)
        np.testing.assert_allclose(scorer.sums(units), expected, rtol=1e-4, atol=1e-4)


@given(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6))
def test_the_words_shares_add_up_to_the_score(unit: list[str]) -> None:
    scorer = AdditiveScorer(_VOCABULARY, _WEIGHTS)
    rows = scorer.rows(unit)
    for label, total in enumerate(scorer.sums([unit])[0]):
        shares = scorer.word_scores(rows, label).sum() * np.float32(sqrt(len(unit)))
        np.testing.assert_allclose(shares, total, rtol=1e-4, atol=1e-4)


@given(_UNITS)
def test_sums_do_not_depend_on_what_is_added_up_beside(units: list[list[str]]) -> None:
    together = AdditiveScorer(_VOCABULARY, _WEIGHTS).sums(units)
    for unit, row in zip(units, together, strict=True):
        alone = AdditiveScorer(_VOCABULARY, _WEIGHTS)
        np.testing.assert_array_equal(alone.sums([unit])[0], row)
