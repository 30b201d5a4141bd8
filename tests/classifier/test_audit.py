from __future__ import annotations

import pytest

from classifier.audit import audit_fraud
from classifier.calibration import recall_bound
from classifier.evaluation import Rate
from classifier.examples import Example
from classifier.model import Classifier

FOUND = Example("Someone used my card.", "", "fraud_claim", frozenset({"fraud_risk"}), "a")
MISSED = Example("Where is my order?", "", "fraud_claim", frozenset({"fraud_risk"}), "b")
OTHER = Example("Thanks for the parcel!", "", "other", frozenset(), "c")


def test_fifty_nine_frauds_without_a_miss_keep_a_promise_of_95_percent(
    classifier: Classifier,
) -> None:
    found = audit_fraud(classifier, [FOUND] * 59 + [OTHER] * 40, 0.95)
    assert found.recall == Rate(59, 59)
    assert found.verdict == "holds"
    assert found.bound == pytest.approx(recall_bound(59, 0))
    one_less = audit_fraud(classifier, [FOUND] * 58 + [OTHER], 0.95)
    assert one_less.verdict == "not settled"
    assert one_less.needed == 59
    assert one_less.reachable is None


def test_many_misses_break_it(classifier: Classifier) -> None:
    found = audit_fraud(classifier, [FOUND] * 90 + [MISSED] * 20, 0.95)
    assert found.verdict == "broken"
    assert found.bound < found.recall.value < found.ceiling < 0.95
    assert audit_fraud(classifier, [FOUND] * 30 + [MISSED] * 2, 0.95).verdict == "not settled"


def test_only_unflagged_mail_can_show_a_miss(classifier: Classifier) -> None:
    blind = audit_fraud(classifier, [FOUND] * 100, 0.95)
    assert blind.unflagged == Rate(0, 0)
    assert blind.missed_share_bound == 1.0
    seen = audit_fraud(classifier, [FOUND] * 100 + [OTHER] * 300, 0.95)
    assert seen.unflagged == Rate(0, 300)
    assert seen.missed_share_bound == pytest.approx(3 / 300, rel=0.01)  # the rule of three


def test_no_fraud_and_no_mail(classifier: Classifier) -> None:
    found = audit_fraud(classifier, [OTHER] * 10, 0.95)
    assert (found.bound, found.ceiling, found.verdict) == (0.0, 1.0, "not settled")
    with pytest.raises(ValueError, match="no reviewed mail"):
        audit_fraud(classifier, [], 0.95)
