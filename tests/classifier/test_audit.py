from __future__ import annotations

import pytest

from classifier.audit import FraudAudit, audit_fraud
from classifier.calibration import recall_bound
from classifier.evaluation import Rate
from classifier.model import Classifier
from classifier.prediction import MessageText

FRAUD = frozenset({"fraud_risk"})
FOUND = (MessageText("", "Someone used my card."), FRAUD)
MISSED = (MessageText("", "Where is my order?"), FRAUD)
OTHER = (MessageText("", "Thanks for the parcel!"), frozenset[str]())


def audit(classifier: Classifier, reviewed: list[tuple[MessageText, frozenset[str]]]) -> FraudAudit:
    return audit_fraud(
        classifier, [text for text, _ in reviewed], [tags for _, tags in reviewed], 0.95
    )


def test_fifty_nine_frauds_without_a_miss_keep_a_promise_of_95_percent(
    classifier: Classifier,
) -> None:
    found = audit(classifier, [FOUND] * 59 + [OTHER] * 40)
    assert found.recall == Rate(59, 59)
    assert found.verdict == "holds"
    assert found.bound == pytest.approx(recall_bound(59, 0))
    one_less = audit(classifier, [FOUND] * 58 + [OTHER])
    assert one_less.verdict == "not settled"
    assert one_less.needed == 59
    assert one_less.reachable is None


def test_many_misses_break_it(classifier: Classifier) -> None:
    found = audit(classifier, [FOUND] * 90 + [MISSED] * 20)
    assert found.verdict == "broken"
    assert found.bound < found.recall.value < found.ceiling < 0.95
    assert audit(classifier, [FOUND] * 30 + [MISSED] * 2).verdict == "not settled"


def test_fraud_in_a_quoted_part_is_found_as_in_service(classifier: Classifier) -> None:
    quoting = (MessageText("", "See below.", quoted="Someone used my card."), FRAUD)
    assert audit(classifier, [quoting] * 59).verdict == "holds"


def test_only_unflagged_mail_can_show_a_miss(classifier: Classifier) -> None:
    blind = audit(classifier, [FOUND] * 100)
    assert blind.unflagged == Rate(0, 0)
    assert blind.missed_share_bound == 1.0
    seen = audit(classifier, [FOUND] * 100 + [OTHER] * 300)
    assert seen.unflagged == Rate(0, 300)
    assert seen.missed_share_bound == pytest.approx(3 / 300, rel=0.01)  # the rule of three


def test_no_fraud_and_no_mail(classifier: Classifier) -> None:
    found = audit(classifier, [OTHER] * 10)
    assert (found.bound, found.ceiling, found.verdict) == (0.0, 1.0, "not settled")
    with pytest.raises(ValueError, match="no reviewed mail"):
        audit(classifier, [])
