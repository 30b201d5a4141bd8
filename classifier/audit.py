"""The promise about fraud, checked on mail that people reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from classifier.calibration import Promise, positives_needed, promise, recall_bound
from classifier.evaluation import Rate, predict_all, united_fraud_scores
from classifier.model import Classifier
from classifier.prediction import MessageText

__all__ = ["NOT_COVERED", "FraudAudit", "audit_fraud"]

_FRAUD: Final = "fraud_risk"
NOT_COVERED: Final = (
    "mail unlike the reviewed messages: of another season, product, language or channel",
    "an attacker who writes so as not to be found",
    "fraud that the reviewers overlooked: their labels are taken as the truth",
    "mail that nobody could have reviewed, such as messages that were never read or were erased",
    "any one message: the recall is a share of many",
)
"""What a promise says nothing of."""


@dataclass(frozen=True, slots=True)
class FraudAudit:
    """What reviewed mail says of the promise that fraud recall is at least `promised`.

    `bound` is the recall exceeded with 95 % confidence, `ceiling` the one not reached with 95 %
    confidence. `unflagged` counts reviewed messages that the model does not tag as fraud, and among
    them those that are: only these can show a miss. `reachable` is the promise at the best
    threshold and `alarms` what that threshold flags of other mail; None when no threshold does.
    """

    promised: float
    recall: Rate
    bound: float
    ceiling: float
    needed: int
    unflagged: Rate
    reachable: Promise | None
    alarms: Rate | None

    @property
    def verdict(self) -> str:
        """`holds`, `broken` or `not settled`, each with 95 % confidence."""
        if self.bound >= self.promised:
            return "holds"
        return "broken" if self.ceiling < self.promised else "not settled"

    @property
    def missed_share_bound(self) -> float:
        """The share of fraud among unflagged mail that is not exceeded, with 95 % confidence.

        It holds when the unflagged messages were drawn at random; 1 without any.
        """
        return 1.0 - recall_bound(self.unflagged.count, self.unflagged.hits)


def audit_fraud(
    classifier: Classifier,
    messages: Sequence[MessageText],
    tags: Sequence[frozenset[str]],
    promised: float,
) -> FraudAudit:
    """Check the recall of the fraud tag, as shipped, on reviewed mail that was not trained on.

    `tags` are those that people gave each message. Raises `ValueError` unless `promised` lies
    between 0 and 1, or when there is no mail.
    """
    if not messages:
        raise ValueError("there is no reviewed mail that the model was not trained on")
    predictions = predict_all(classifier, messages)
    tagged = np.array([_FRAUD in one.tags for one in predictions])
    fraud = np.array([_FRAUD in one for one in tags])
    scores = united_fraud_scores(classifier, messages, predictions)
    recall = Rate(int(tagged[fraud].sum()), int(fraud.sum()))
    missed = recall.count - recall.hits
    reachable = promise(scores[fraud], promised)
    alarms = None
    if reachable is not None:
        flagged = scores[~fraud] >= reachable.threshold
        alarms = Rate(int(flagged.sum()), len(flagged))
    return FraudAudit(
        promised=promised,
        recall=recall,
        bound=recall_bound(recall.count, missed),
        # The upper bound of a share is one minus the lower bound of its complement.
        ceiling=1.0 - recall_bound(recall.count, recall.hits) if recall.count else 1.0,
        needed=positives_needed(promised, missed),
        unflagged=Rate(int((fraud & ~tagged).sum()), int((~tagged).sum())),
        reachable=reachable,
        alarms=alarms,
    )
