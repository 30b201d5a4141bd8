"""Thresholds and temperature from held-out scores, and what they can promise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifier.routing import softmax


def best_temperature(probabilities: NDArray[np.float32], truth: NDArray[np.int64]) -> float:
    """The divisor of the log-probabilities that makes held-out `truth` likeliest (0.3 to 3).

    `probabilities` is of shape (messages, intents). Source: Guo et al., On Calibration of Modern
    Neural Networks, ICML 2017.
    """
    scores = np.log(np.clip(probabilities, 1e-9, 1.0))
    grid = np.geomspace(0.3, 3.0, 47)
    index = np.arange(len(truth))
    losses = [
        -np.log(softmax(scores / temperature)[index, truth] + 1e-12).mean() for temperature in grid
    ]
    return float(grid[int(np.argmin(losses))])


def threshold_for_recall(scores: NDArray[np.float32], recall: float) -> float:
    """The highest threshold at which at least `recall` of the positive `scores` are flagged."""
    if not len(scores):
        return float("inf")
    missed = int(np.floor((1.0 - recall) * len(scores) + 1e-9))
    return float(np.sort(scores)[missed])


def threshold_for_false_alarms(scores: NDArray[np.float32], rate: float) -> float:
    """The lowest threshold at which at most `rate` of the negative `scores` are flagged."""
    if not len(scores):
        return float("inf")
    allowed = int(np.floor(rate * len(scores)))
    return float(np.nextafter(np.sort(scores)[::-1][min(allowed, len(scores) - 1)], np.inf))
