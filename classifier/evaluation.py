"""How a model does on labelled mail: everything a report or a console page shows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.calibration import (
    Promise,
    calibration_error,
    interval,
    positives_needed,
    promise,
    recall_bound,
)
from classifier.examples import Example
from classifier.labels import INTENTS, TAGS
from classifier.model import Classifier
from classifier.prediction import MessageText, Prediction

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of `count` cases, with its exact 95 % interval."""

    hits: int
    count: int

    @property
    def value(self) -> float:
        """The share itself; not a number without cases."""
        return self.hits / self.count if self.count else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of Clopper and Pearson."""
        return interval(self.hits, self.count)


@dataclass(frozen=True, slots=True)
class TagFigures:
    """Of one tag: recall over the mails that have it, false alarms over those that do not."""

    recall: Rate
    false_alarms: Rate
    recall_bound: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of a model on labelled mail.

    `confusion[i, j]` counts mails of intent i called j. `calibration` has (mean confidence, share
    right, count) per tenth of confidence. `cost` has, per threshold of the fraud head, (threshold,
    recall, share of other mail flagged), signals included. `promise` is the recall of fraud that
    these labels support, if any, and `promise_needs` how many frauds without a miss it would take.
    """

    mails: int
    accuracy: Rate
    sure: Rate
    accuracy_when_sure: Rate
    confusion: NDArray[np.int64]
    calibration_error: float
    calibration: list[tuple[float, float, int]]
    tags: dict[str, TagFigures]
    cost: list[tuple[float, float, float]]
    promise: Promise | None
    promise_needs: int
    errors: list[tuple[Example, Prediction]]

    def recall(self, intent: str) -> Rate:
        """Of the mails of an intent, how many are called so."""
        index = INTENTS.index(intent)
        return Rate(int(self.confusion[index, index]), int(self.confusion[index].sum()))

    def precision(self, intent: str) -> Rate:
        """Of the mails called an intent, how many are."""
        index = INTENTS.index(intent)
        return Rate(int(self.confusion[index, index]), int(self.confusion[:, index].sum()))


def evaluate(
    classifier: Classifier, examples: Sequence[Example], *, recall: float = 0.95
) -> Evaluation:
    """Measure a model on labelled mail, which must not be mail that it was trained on.

    `recall` is the recall of fraud to promise. Raises `ValueError` when there is no mail.
    """
    if not examples:
        raise ValueError("there is no labelled mail to measure on")
    messages = [MessageText(example.subject, example.text) for example in examples]
    predictions = predict_all(classifier, messages)
    truth = np.array([INTENTS.index(example.intent) for example in examples])
    called = np.array([INTENTS.index(prediction.intent) for prediction in predictions])
    right = truth == called
    confusion = np.zeros((len(INTENTS), len(INTENTS)), dtype=np.int64)
    np.add.at(confusion, (truth, called), 1)
    confidence = np.array([prediction.confidence for prediction in predictions], dtype=np.float32)
    error, curve = calibration_error(confidence, right)
    sure = np.array([not prediction.unsure for prediction in predictions])
    united = united_fraud_scores(classifier, messages, predictions)
    fraud = np.array(["fraud_risk" in example.tags for example in examples])
    return Evaluation(
        mails=len(examples),
        accuracy=_rate(right),
        sure=_rate(sure),
        accuracy_when_sure=_rate(right[sure]),
        confusion=confusion,
        calibration_error=error,
        calibration=curve,
        tags={tag: _tag_figures(tag, examples, predictions) for tag in TAGS},
        cost=_cost(united, fraud),
        promise=promise(united[fraud], recall),
        promise_needs=positives_needed(recall),
        errors=[
            (example, prediction)
            for example, prediction in zip(examples, predictions, strict=True)
            if example.intent != prediction.intent or example.tags - prediction.tags
        ],
    )


def predict_all(classifier: Classifier, messages: Sequence[MessageText]) -> list[Prediction]:
    """The predictions of many messages, in batches that keep memory flat."""
    return [
        prediction
        for start in range(0, len(messages), _BATCH)
        for prediction in classifier.classify_many(messages[start : start + _BATCH])
    ]


def united_fraud_scores(
    classifier: Classifier, messages: Sequence[MessageText], predictions: Sequence[Prediction]
) -> NDArray[np.float32]:
    """The fraud head's log-odds of each message, infinite where a signal fired."""
    scores = classifier.tag_scores(messages)[:, TAGS.index("fraud_risk")].copy()
    for index, prediction in enumerate(predictions):
        if any(one.label == "fraud_risk" and one.source == "signal" for one in prediction.evidence):
            scores[index] = np.inf
    return scores


def _rate(hits: NDArray[np.bool_]) -> Rate:
    return Rate(int(hits.sum()), len(hits))


def _tag_figures(
    tag: str, examples: Sequence[Example], predictions: Sequence[Prediction]
) -> TagFigures:
    present = np.array([tag in example.tags for example in examples])
    flagged = np.array([tag in prediction.tags for prediction in predictions])
    recall = _rate(flagged[present])
    return TagFigures(
        recall, _rate(flagged[~present]), recall_bound(recall.count, recall.count - recall.hits)
    )


def _cost(
    scores: NDArray[np.float32], fraud: NDArray[np.bool_]
) -> list[tuple[float, float, float]]:
    if not fraud.any() or fraud.all():
        return []
    finite = scores[np.isfinite(scores)]
    if not len(finite):
        return []
    return [
        (
            float(limit),
            float((scores[fraud] >= limit).mean()),
            float((scores[~fraud] >= limit).mean()),
        )
        for limit in np.quantile(finite, np.linspace(1.0, 0.0, 60))
    ]
