from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.calibration import (
    best_temperature,
    calibration_error,
    confidence_for_precision,
    interval,
    positives_needed,
    promise,
    ranking_quality,
    recall_bound,
    threshold_for_false_alarms,
)

_SCORES = st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=80).map(
    lambda values: np.array(values, dtype=np.float32)
)


@pytest.mark.parametrize(
    ("recall", "misses", "needed"),
    [(0.95, 0, 59), (0.95, 1, 93), (0.98, 0, 149), (0.99, 0, 299), (0.99, 1, 473), (0.995, 0, 598)],
)
def test_labels_needed_for_a_promise(recall: float, misses: int, needed: int) -> None:
    assert positives_needed(recall, misses) == needed
    assert recall_bound(needed, misses) >= recall > recall_bound(needed - 1, misses)


def test_the_exact_bound_without_misses_is_the_rule_of_three() -> None:
    assert recall_bound(300, 0) == pytest.approx(0.05 ** (1 / 300))


def test_too_few_labels_promise_nothing() -> None:
    assert promise(np.zeros(58, dtype=np.float32), 0.95) is None
    assert promise(np.zeros(59, dtype=np.float32), 0.95) is not None


@given(
    st.lists(st.floats(-5, 5, width=32), min_size=60, max_size=400),
    st.sampled_from([0.8, 0.9, 0.95]),
)
def test_a_promise_keeps_to_its_own_data(values: list[float], recall: float) -> None:
    scores = np.array(values, dtype=np.float32)
    made = promise(scores, recall)
    assert made is not None
    assert made.recall >= recall
    assert made.misses == int((scores < made.threshold).sum())
    assert recall_bound(len(values), made.misses) == made.recall


def test_a_promise_holds_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    kept = 0
    for _ in range(400):
        made = promise(random.normal(size=200).astype(np.float32), 0.9)
        assert made is not None
        true_recall = float((random.normal(size=4000) >= made.threshold).mean())
        kept += true_recall >= 0.9
    assert kept / 400 >= 0.92


@given(_SCORES, st.floats(0, 1))
def test_no_more_false_alarms_than_allowed(scores: np.ndarray, rate: float) -> None:
    limit = threshold_for_false_alarms(scores, rate)
    assert (scores >= np.float32(limit)).mean() <= rate + 1e-9


@given(st.integers(0, 50), st.integers(0, 50))
def test_an_interval_holds_its_rate(successes: int, failures: int) -> None:
    count = successes + failures
    low, high = interval(successes, count)
    assert 0.0 <= low <= high <= 1.0
    if count:
        assert low <= successes / count <= high


def test_temperature_mends_overconfidence() -> None:
    random = np.random.default_rng(2)
    truth = random.integers(0, 3, 3000)
    scores = random.normal(size=(3000, 3))
    scores[np.arange(3000), truth] += 1.0
    overconfident = np.exp(scores * 3)
    overconfident /= overconfident.sum(axis=1, keepdims=True)
    assert best_temperature(overconfident.astype(np.float32), truth) > 2.0


def test_calibration_error_of_a_perfect_and_a_boastful_model() -> None:
    right = np.array([True, False] * 500)
    assert calibration_error(np.full(1000, 0.5, np.float32), right)[0] == pytest.approx(0, abs=1e-6)
    assert calibration_error(np.full(1000, 0.9, np.float32), right)[0] == pytest.approx(
        0.4, abs=1e-6
    )


def test_confidence_for_precision() -> None:
    confidences = np.array([0.9, 0.8, 0.7, 0.6], dtype=np.float32)
    right = np.array([True, True, False, False])
    assert confidence_for_precision(confidences, right, 1.0) == pytest.approx(0.8)
    assert confidence_for_precision(confidences, ~right, 0.9) == 1.0


def test_ranking_quality_counts_ties_as_half() -> None:
    assert ranking_quality(np.array([2.0]), np.array([1.0, 2.0])) == 0.75
