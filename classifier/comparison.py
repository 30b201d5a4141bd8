"""Two models on the same labelled messages: which is better, and whether that could be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from classifier.evaluation import Rate, predict_all
from classifier.examples import Example
from classifier.model import Classifier
from classifier.prediction import MessageText, Prediction

__all__ = ["Comparison", "PairedTest", "compare", "paired_test"]

SIGNIFICANT: Final = 0.05
_FRAUD: Final = "fraud_risk"


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Of `count` messages, how many only the candidate has right (`gains`), or only the live model.

    `p_value` is that of McNemar's test in its exact, two-sided form: how likely so uneven a split
    is when both are equally good (McNemar, Psychometrika 12, 1947).
    """

    count: int
    gains: int
    losses: int

    @property
    def p_value(self) -> float:
        """From 0 to 1; 1 when the models never differ."""
        differing = self.gains + self.losses
        return float(binomtest(self.gains, differing, 0.5).pvalue) if differing else 1.0

    @property
    def verdict(self) -> str:
        """`better` or `worse`, with `perhaps` before it when it may be chance; `no difference`."""
        if self.gains == self.losses:
            return "no difference"
        word = "better" if self.gains > self.losses else "worse"
        return word if self.p_value < SIGNIFICANT else f"perhaps {word}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate beside the live model on the same held-out messages.

    `fraud` counts only the labelled frauds: found or missed. `alarms` are the shares of the other
    messages that each model tags as fraud.
    """

    live_right: Rate
    candidate_right: Rate
    intents: PairedTest
    live_recall: Rate
    candidate_recall: Rate
    fraud: PairedTest
    live_alarms: Rate
    candidate_alarms: Rate

    @property
    def objections(self) -> list[str]:
        """Why the candidate is not to replace the live model unasked; empty when nothing speaks.

        A loss counts although it may be chance: it is the candidate that has to show its worth.
        """
        found = []
        if self.intents.losses > self.intents.gains:
            found.append(
                f"fewer intents are right: {self.intents.losses} lost, {self.intents.gains} gained"
            )
        if self.fraud.losses > self.fraud.gains:
            found.append(
                f"more fraud is missed: {self.fraud.losses} lost, {self.fraud.gains} gained"
            )
        return found


def paired_test(live: NDArray[np.bool_], candidate: NDArray[np.bool_]) -> PairedTest:
    """Compare two rows of right or wrong about the same messages."""
    return PairedTest(len(live), int((candidate & ~live).sum()), int((live & ~candidate).sum()))


def compare(live: Classifier, candidate: Classifier, examples: Sequence[Example]) -> Comparison:
    """Measure both on labelled messages that neither was trained on.

    Raises `ValueError` when there is none.
    """
    if not examples:
        raise ValueError("there is no labelled message to compare on")
    messages = [MessageText(example.subject, example.text) for example in examples]
    before, after = predict_all(live, messages), predict_all(candidate, messages)
    fraud = np.array([_FRAUD in example.tags for example in examples])
    right = [_right(predictions, examples) for predictions in (before, after)]
    tagged = [
        np.array([_FRAUD in one.tags for one in predictions]) for predictions in (before, after)
    ]
    return Comparison(
        live_right=_rate(right[0]),
        candidate_right=_rate(right[1]),
        intents=paired_test(*right),
        live_recall=_rate(tagged[0][fraud]),
        candidate_recall=_rate(tagged[1][fraud]),
        fraud=paired_test(tagged[0][fraud], tagged[1][fraud]),
        live_alarms=_rate(tagged[0][~fraud]),
        candidate_alarms=_rate(tagged[1][~fraud]),
    )


def _right(predictions: Sequence[Prediction], examples: Sequence[Example]) -> NDArray[np.bool_]:
    return np.array(
        [one.intent == example.intent for one, example in zip(predictions, examples, strict=True)]
    )


def _rate(hits: NDArray[np.bool_]) -> Rate:
    return Rate(int(hits.sum()), len(hits))
