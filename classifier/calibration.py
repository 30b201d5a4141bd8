"""Thresholds and temperature from scores of messages held out, and what they can promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from classifier.routing import tempered

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Promise:
    """What labelled data say of a threshold: with `confidence`, recall is at least `recall`.

    It holds for mail like the `positives` labelled messages it rests on, of which `misses` scored
    below `threshold`; it says nothing of mail that has drifted, of attacks, or of invented text.
    """

    threshold: float
    recall: float
    confidence: float
    positives: int
    misses: int


def recall_bound(positives: int, misses: int, confidence: float = 0.95) -> float:
    """The recall that is exceeded with `confidence`, given `misses` among `positives`.

    One-sided exact binomial bound (Clopper and Pearson, Biometrika 26, 1934). 0 without data.
    """
    if positives <= misses:
        return 0.0
    return float(beta.ppf(1.0 - confidence, positives - misses, misses + 1))


def positives_needed(recall: float, misses: int = 0, confidence: float = 0.95) -> int:
    """How many labelled positives, `misses` of them missed, a promise of `recall` needs.

    Raises `ValueError` unless `recall` lies between 0 and 1, both excluded.
    """
    if not 0.0 < recall < 1.0:
        raise ValueError("recall must lie between 0 and 1, both excluded")
    low, high = misses, misses + 1
    while recall_bound(high, misses, confidence) < recall:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if recall_bound(middle, misses, confidence) < recall:
            low = middle
        else:
            high = middle
    return high


def promise(scores: Scores, recall: float, confidence: float = 0.95) -> Promise | None:
    """The highest threshold for which `recall` is promised, from the scores of real positives.

    `None` when there are too few to promise it: then only flagging everything would do. Choosing
    among the sorted scores costs no confidence: it is a one-sided tolerance bound (Wilks, 1941).
    """
    ordered = np.sort(scores)
    count = len(ordered)
    misses = 0
    while misses < count and recall_bound(count, misses, confidence) >= recall:
        misses += 1
    if not misses:
        return None
    misses -= 1
    threshold = float(ordered[misses])
    missed = int((ordered < threshold).sum())
    return Promise(threshold, recall_bound(count, missed, confidence), confidence, count, missed)


def interval(successes: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact two-sided interval of a rate (Clopper and Pearson); 0 to 1 without data."""
    if not count:
        return 0.0, 1.0
    tail = (1.0 - confidence) / 2
    low = float(beta.ppf(tail, successes, count - successes + 1)) if successes else 0.0
    high = float(beta.ppf(1 - tail, successes + 1, count - successes)) if successes < count else 1.0
    return low, high


def best_temperature(probabilities: Scores, truth: NDArray[np.int64]) -> float:
    """The divisor of the log-probabilities that makes held-out `truth` likeliest (0.3 to 3).

    `probabilities` is of shape (messages, intents). Source: Guo et al., On Calibration of Modern
    Neural Networks, ICML 2017.
    """
    grid = np.geomspace(0.3, 3.0, 47)
    index = np.arange(len(truth))
    losses = [
        -np.log(tempered(probabilities, temperature)[index, truth] + 1e-12).mean()
        for temperature in grid
    ]
    return float(grid[int(np.argmin(losses))])


def threshold_for_false_alarms(scores: Scores, rate: float) -> float:
    """The lowest threshold at which at most `rate` of the negative `scores` are flagged."""
    if not len(scores):
        return float("inf")
    allowed = min(int(np.floor(rate * len(scores))), len(scores) - 1)
    return float(np.nextafter(np.sort(scores)[::-1][allowed], np.float32(np.inf)))


def confidence_for_precision(
    confidences: Scores, right: NDArray[np.bool_], precision: float
) -> float:
    """The least confidence above which at least `precision` of the messages are right (or 1)."""
    order = np.argsort(-confidences)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= precision)
    return float(confidences[order][good[-1]]) if len(good) else 1.0


def calibration_error(
    confidences: Scores, right: NDArray[np.bool_], bins: int = 10
) -> tuple[float, list[tuple[float, float, int]]]:
    """The expected calibration error, and per bin (mean confidence, share right, count).

    Bins are of equal width; empty ones are left out (Naeini et al., AAAI 2015).
    """
    place = np.minimum((confidences * bins).astype(int), bins - 1)
    curve = []
    error = 0.0
    for index in range(bins):
        mine = place == index
        count = int(mine.sum())
        if count:
            mean, share = float(confidences[mine].mean()), float(right[mine].mean())
            curve.append((mean, share, count))
            error += abs(mean - share) * count / len(confidences)
    return error, curve


def ranking_quality(positives: Scores, negatives: Scores) -> float:
    """The area under the ROC curve: how often a positive scores above a negative."""
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, side="left")
    equal = np.searchsorted(ordered, positives, side="right") - below
    pairs = len(positives) * len(negatives)
    return float((below.sum() + equal.sum() / 2) / pairs) if pairs else float("nan")


def recall_at_false_alarms(
    positives: Sequence[float] | Scores, negatives: Sequence[float] | Scores, rate: float
) -> float:
    """The share of `positives` flagged at the threshold that flags `rate` of `negatives`."""
    limit = threshold_for_false_alarms(np.asarray(negatives, dtype=np.float32), rate)
    return float((np.asarray(positives) >= limit).mean())
