from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.comparison import Comparison, PairedTest, compare, paired_test
from classifier.evaluation import Rate
from classifier.examples import Example
from classifier.model import Classifier


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_p_value_is_that_of_a_fair_coin(gains: int, losses: int) -> None:
    test = PairedTest(200, gains, losses)
    differing = gains + losses
    tail = sum(comb(differing, k) for k in range(min(gains, losses) + 1)) / 2**differing
    assert test.p_value == pytest.approx(min(1.0, 2 * tail))


@pytest.mark.parametrize(
    ("gains", "losses", "verdict"),
    [(0, 0, "no difference"), (9, 9, "no difference"), (3, 1, "perhaps better"),
     (1, 3, "perhaps worse"), (20, 2, "better"), (2, 20, "worse")],
)  # fmt: skip
def test_a_verdict_says_when_it_may_be_chance(gains: int, losses: int, verdict: str) -> None:
    assert PairedTest(100, gains, losses).verdict == verdict


def test_only_messages_on_which_the_models_differ_count() -> None:
    live = np.array([True, True, False, False, False])
    candidate = np.array([True, False, True, True, False])
    assert paired_test(live, candidate) == PairedTest(5, 2, 1)


def comparison(intents: PairedTest, fraud: PairedTest) -> Comparison:
    rate = Rate(1, 2)
    return Comparison(rate, rate, intents, rate, rate, fraud, rate, rate)


def test_a_single_fraud_more_missed_is_an_objection_however_good_the_rest() -> None:
    better = PairedTest(500, 80, 2)
    assert comparison(better, PairedTest(40, 1, 1)).objections == []
    (only,) = comparison(better, PairedTest(40, 0, 1)).objections
    assert only == "more fraud is missed: 1 lost, 0 gained"
    assert len(comparison(PairedTest(9, 0, 1), PairedTest(9, 0, 1)).objections) == 2


def test_a_model_does_not_differ_from_itself(
    classifier: Classifier, examples: list[Example]
) -> None:
    found = compare(classifier, classifier, examples[::40])
    assert found.intents == PairedTest(len(examples[::40]), 0, 0)
    assert found.live_recall == found.candidate_recall
    assert found.fraud.count + found.live_alarms.count == found.intents.count
    with pytest.raises(ValueError, match="no labelled message"):
        compare(classifier, classifier, [])
