from __future__ import annotations

from random import Random

import pytest

from classifier.attacks import ATTACKS, STRENGTHS
from classifier.examples import Example
from classifier.model import Classifier
from classifier.prediction import MessageText

_ALLOWED = {"mild": 0.02, "strong": 0.08}
"""By how much the recall of fraud may fall; the public sets are held to less (benchmarks)."""


def _recall(classifier: Classifier, texts: list[str]) -> float:
    predictions = classifier.classify_many([MessageText("", text) for text in texts])
    return sum("fraud_risk" in each.tags for each in predictions) / len(texts)


@pytest.mark.parametrize("strength", _ALLOWED)
@pytest.mark.parametrize("name", ATTACKS)
def test_fraud_is_found_under_attack(
    classifier: Classifier, examples: list[Example], name: str, strength: str
) -> None:
    random = Random(11)
    fraud = [one.text for one in examples if "fraud_risk" in one.tags][:150]
    attacked = [ATTACKS[name](text, random, STRENGTHS[strength]) for text in fraud]
    assert any(first != second for first, second in zip(fraud, attacked, strict=True))
    assert _recall(classifier, attacked) >= _recall(classifier, fraud) - _ALLOWED[strength]
